/** The text of a file, for tests that read the code. */
declare module '*?raw' {
  const text: string;
  export default text;
}
