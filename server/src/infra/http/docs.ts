import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Api } from './api.ts'

const ASSET_FOLDER = dirname(fileURLToPath(import.meta.resolve('swagger-ui-dist/package.json')))
const ASSETS = ['swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png']

const PAGE = `<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>Tandem API</title>
  <link rel="icon" href="/docs/favicon-32x32.png">
  <link rel="stylesheet" href="/docs/swagger-ui.css">
</head>
<body>
  <div id="docs"></div>
  <script src="/docs/swagger-ui-bundle.js"></script>
  <script src="/docs/start.js"></script>
</body>
</html>
`

const START = `SwaggerUIBundle({ url: '/openapi.json', dom_id: '#docs', deepLinking: true, tryItOutEnabled: true, displayRequestDuration: true })
`

/** The OpenAPI document at /openapi.json and Swagger UI at /docs, all from this machine. */
export function addDocs(api: Api, document: () => object): void {
  let text: string | null = null
  api.get('/openapi.json', (c) => {
    text ??= JSON.stringify(document())
    return c.body(text, 200, { 'Content-Type': 'application/json' })
  })
  api.get('/docs', (c) => c.html(PAGE))
  api.get('/docs/start.js', (c) => c.body(START, 200, { 'Content-Type': 'text/javascript; charset=utf-8' }))
  for (const asset of ASSETS) {
    const file = Bun.file(join(ASSET_FOLDER, asset))
    api.get(`/docs/${asset}`, async (c) =>
      c.body(await file.arrayBuffer(), 200, { 'Content-Type': file.type, 'Cache-Control': 'public, max-age=86400' }),
    )
  }
}
