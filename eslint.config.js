import eslint from "@eslint/js";
import { defineConfig } from "eslint/config";
import typescript from "typescript-eslint";

// Where the outside world may be touched: elsewhere clock, randomness, process and console are parameters.
const ambient = ["Date", "performance", "process", "console", "setTimeout", "setInterval"];
const useKeyedRandom = { object: "Math", property: "random", message: "Use core/random.ts." };

export default defineConfig(
  { ignores: ["dist", "reports", "coverage"] },
  eslint.configs.recommended,
  {
    files: ["**/*.ts"],
    extends: [typescript.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      "no-restricted-properties": ["error", useKeyedRandom],
      "max-lines-per-function": ["error", { max: 70, skipComments: true, skipBlankLines: true }],
      "max-lines": ["error", { max: 300, skipComments: true, skipBlankLines: true }],
      "@typescript-eslint/restrict-template-expressions": [
        "error",
        { allowNumber: true, allowBoolean: true },
      ],
      "@typescript-eslint/switch-exhaustiveness-check": "error",
      "@typescript-eslint/no-confusing-void-expression": "off",
      "@typescript-eslint/require-yield": "off",
      "require-yield": "off",
    },
  },
  {
    files: [
      "src/core/**",
      "src/metrics/**",
      "src/scaling/**",
      "src/report/**",
      "src/invariants/**",
      "scenarios/**",
      "fixtures/**",
    ],
    rules: { "no-restricted-globals": ["error", ...ambient] },
  },
  {
    files: ["test/**"],
    rules: { "max-lines-per-function": "off", "@typescript-eslint/no-non-null-assertion": "off" },
  },
  {
    files: ["**/*.js"],
    languageOptions: { globals: { process: "readonly", console: "readonly", URL: "readonly" } },
  },
);
