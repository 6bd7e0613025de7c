/** The runtime's HTTP server and nothing else, answering one body given as an argument; prints its port. */
const body = process.argv[2] ?? ''
const server = Bun.serve({
  hostname: '127.0.0.1',
  port: 0,
  fetch: () => new Response(body, { headers: { 'Content-Type': 'application/json' } }),
})
console.log(server.port)
