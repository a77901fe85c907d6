/** See web/assemblyscript.ts: WebAssembly in base64. */
declare module "*?assemblyscript" {
  const source: string;
  export default source;
}
