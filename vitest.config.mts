import { defineConfig } from 'vitest/config';

/** A project a kind of test: `vitest run --project unit`. All but `unit` run what `npm run build` made. */
function project(name: string, include: readonly string[], testTimeout: number) {
  return {
    extends: true as const,
    test: { name, include: [...include], testTimeout, hookTimeout: testTimeout },
  };
}

export default defineConfig({
  oxc: { decorator: { legacy: true } },
  test: {
    pool: 'forks',
    maxWorkers: 2,
    projects: [
      project('unit', ['test/unit/**/*.test.ts', 'test/architecture.test.ts'], 30_000),
      project('integration', ['test/integration/**/*.test.ts'], 60_000),
      project('e2e', ['test/e2e/**/*.test.ts'], 120_000),
      project('fault', ['test/fault/**/*.test.ts'], 120_000),
      // As long as somebody asks it to take by TORU_SURVIVE_KILLS.
      project('survive', ['test/survive/**/*.test.ts'], 3_600_000),
    ],
  },
});
