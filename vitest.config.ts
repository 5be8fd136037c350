import { defineConfig, type ViteUserConfig } from 'vitest/config';

/** `npm test` runs every project here; what needs more than Node and git has its own script (see README). */
const config: ViteUserConfig = defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/cluster/**', 'test/pages/**', 'test/fixtures/**', 'node_modules/**'],
    // Vitest leaves one core idle by itself: half of the machines that run this have two
    maxWorkers: '100%',
    // Far longer than any takes by itself: two files share a machine, and others may
    testTimeout: 60_000,
    hookTimeout: 60_000,
    restoreMocks: true,
  },
});

export default config;
