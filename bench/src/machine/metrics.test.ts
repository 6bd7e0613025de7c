import { expect, test } from 'bun:test'
import { heapMibIn } from './metrics.ts'

test('the heap is added up over the workers', () => {
  const page = `# TYPE process_heap_used_bytes gauge
process_heap_used_bytes{worker="1"} 1048576
process_heap_used_bytes{worker="2"} 2.097152e+06
process_resident_memory_bytes{worker="1"} 99
`
  expect(heapMibIn(page)).toBe(3)
})

test('a page without it has no heap', () => {
  expect(heapMibIn('tandem_requests_in_flight 3\n')).toBeNull()
})
