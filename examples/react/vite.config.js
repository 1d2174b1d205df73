import { defineConfig } from "vite";

export default defineConfig({
  // The client is a folder of this repository with a React of its own, for its tests: there has to be one.
  resolve: { dedupe: ["react", "react-dom"] },
});
