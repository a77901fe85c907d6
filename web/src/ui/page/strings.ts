/** What is said everywhere. */
export const page = {
  product: "bbconvert",
  loading: "Loading…",
  progress: (stage: string, fraction: number | null) =>
    fraction === null ? `${stage}…` : `${stage} · ${Math.round(100 * fraction)}%`,
  close: "Close",
};
