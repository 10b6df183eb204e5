export default {
  files: ["test/**/*.test.ts"],
  extensions: ["ts"],
  timeout: "5m",
  // Integration tests share two cores with a control plane: more workers only make deadlines miss.
  concurrency: 2,
};
