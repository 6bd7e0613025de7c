import { expect, test } from 'bun:test'
import { newSecret, signedHeaders } from './signature.ts'

test('a message is signed as the example of Standard Webhooks is', () => {
  // The test vector of https://github.com/standard-webhooks/standard-webhooks, libraries/javascript/src/index.test.ts.
  const headers = signedHeaders(
    ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'],
    'msg_p5jXN8AQM9LWM0D4loKWxJek',
    1_614_265_330,
    '{"test": 2432232314}',
  )

  expect(headers).toEqual({
    'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  })
})

test('two secrets give two signatures, the new one first', () => {
  const both = signedHeaders(['whsec_bmV3', 'whsec_b2xk'], 'id', 1, '{}')['webhook-signature'].split(' ')
  const [one, other] = ['whsec_bmV3', 'whsec_b2xk'].map((secret) => signedHeaders([secret], 'id', 1, '{}'))

  expect(both).toEqual([one!['webhook-signature'], other!['webhook-signature']])
})

test('secrets have 32 bytes, and no two are the same', () => {
  const [one, other] = [newSecret(), newSecret()]

  expect(Buffer.from(one.replace('whsec_', ''), 'base64')).toHaveLength(32)
  expect(one).not.toBe(other)
})
