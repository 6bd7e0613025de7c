import { expect, test } from 'bun:test'
import { createPeers } from './peers.ts'

test('a process that fell silent is named once', () => {
  const peers = createPeers(100)
  peers.heard('talks', 0)
  peers.heard('falls silent', 0)
  peers.heard('talks', 60)

  expect([peers.takeSilent(100), peers.takeSilent(101), peers.takeSilent(102)]).toEqual([[], ['falls silent'], []])
})

test('a process that said goodbye is not missed', () => {
  const peers = createPeers(100)
  peers.heard('leaves', 0)

  expect([peers.forget('leaves'), peers.forget('leaves')]).toEqual([true, false])
  expect(peers.takeSilent(1000)).toEqual([])
})

test('while nobody could be heard, nobody was silent', () => {
  const peers = createPeers(100)
  peers.heard('other', 0)
  peers.startAgain(500)

  expect([peers.takeSilent(600), peers.takeSilent(601)]).toEqual([[], ['other']])
})
