/** Bundles as cards, and their page. */
export const gallery = {
  gallery: "All policies",
  galleryAbout:
    "Trained in Python, played in this browser with the same physics, observations and policy. Pick one, and pull it by the hand.",
  galleryProof:
    "Returns are of seeded episodes in Gymnasium, and parity is as it was measured there when each was made. The badge on a policy's own page is computed in your browser.",
  galleryDrawn: "A drawn figure stands where no picture was rendered.",
  hertz: (hz: number) => `${Math.round(10 * hz) / 10} Hz`,
  cardReturn: (mean: string, std: string, episodes: number) =>
    episodes === 1 ? `return ${mean}` : `return ${mean} ± ${std} over ${episodes} episodes`,
  beside: (published: string) => `, published ${published}`,
  cardHolds: (checks: number) => `parity: all ${checks} checks held`,
  cardParityTitle: "As measured in Python when it was made; its page measures again, in your browser",
};
