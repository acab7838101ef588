/** Who may import whom. The path of an event reads forwards, so imports do too. */
const forbid = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to })

module.exports = {
  forbidden: [
    forbid(
      'no-circles',
      'a circle has no forward direction',
      {},
      { circular: true, dependencyTypesNot: ['type-only'] },
    ),
    forbid(
      'rules-are-pure',
      'rules decide: no I/O, so nothing but words, zod and Liquid',
      { path: '^app/rules/' },
      { pathNot: ['^app/rules/', '^app/(problem|text)\\.ts$', 'node_modules/(zod|liquidjs)/'] },
    ),
    forbid(
      'clients-know-nothing',
      'the clients of Klaviyo, Shopify and receivers know nothing of rules, shops or Remix',
      { path: '^app/(klaviyo|shopify|outbound)/' },
      {
        path: [
          '^app/(?!klaviyo/|shopify/|outbound/|problem\\.ts|text\\.ts|patience\\.ts|log\\.server\\.ts)',
          '@remix-run',
          '@shopify/shopify-app-remix',
        ],
      },
    ),
    forbid(
      'actions-are-below-features',
      'actions use rules, the clients and the database only',
      { path: '^app/actions/' },
      { path: '^app/(events|activity|operations|rulebook|shops|jobs|routes|ui|sync)/' },
    ),
    forbid(
      'features-are-below-the-edge',
      'features know neither routes nor screens; they may wake a drain',
      { path: '^app/(events|activity|operations|rulebook|shops|sync)/' },
      { path: '^app/(routes|ui|jobs/(?!wake\\.server\\.ts))' },
    ),
    forbid(
      'routes-are-thin',
      'a route asks a feature: no database, no clients',
      { path: '^app/routes/' },
      { path: '^app/db/(?!generated/enums)', dependencyTypesNot: ['type-only'] },
    ),
    forbid(
      'ui-shows',
      'screens reach no I/O',
      { path: '^app/ui/' },
      { path: '\\.server\\.tsx?$', dependencyTypesNot: ['type-only'] },
    ),
    forbid(
      'sandbox-stands-alone',
      'the sandbox is a platform, not a part of the app',
      { path: '^sandbox/' },
      { path: '^app/' },
    ),
    forbid(
      'app-knows-no-sandbox',
      'and the app does not know it',
      { path: '^app/' },
      { path: '^(sandbox|test|bench|scripts)/' },
    ),
    forbid(
      'no-missing',
      'imports must resolve',
      {},
      { couldNotResolve: true, pathNot: '^virtual:' },
    ),
    forbid(
      'no-dev-in-app',
      'what production imports is a dependency',
      { path: '^app/', pathNot: '\\.d\\.ts$' },
      { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: 'generated/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'types', 'default'],
      extensions: ['.ts', '.tsx', '.js', '.mjs', '.json'],
    },
  },
}
