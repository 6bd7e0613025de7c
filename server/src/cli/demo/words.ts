export const teamNames = words(`
  payments checkout search identity catalogue shipping notifications analytics mobile platform billing messaging
  recommendations inventory pricing fraud onboarding support localisation media storage observability security
  compliance developer-tools data-pipeline web-client partner-api experiments growth accounts orders returns loyalty
  subscriptions maps scheduling reporting integrations accessibility`)

export const firstNames = words(`
  Ada Amara Ana Anders Anika Aoife Arjun Astrid Bao Beatriz Bilal Camille Carlos Chiara Chidi Dalia Daniel Dmitri Elena
  Elif Emeka Emma Farid Fatima Felix Freya Gabriel Grace Hana Hugo Ines Ivan Jakub Jamal Jana Jonas Joon Kaito Karim
  Katya Keiko Kofi Lars Leila Liam Linh Lucia Magnus Maya Mei Mikko Mira Nadia Nikhil Noor Olga Omar Priya Rafael Rosa
  Samir Sofia Tariq Yuki`)

export const lastNames = words(`
  Adeyemi Ahmed Andersen Bauer Bernard Bianchi Castillo Chen Costa Diallo Dubois Eriksson Ferrari Fischer Fernandes
  Garcia Gonzalez Gupta Haddad Hansen Hoffmann Horvat Ibrahim Ito Ivanova Jansen Johansson Kaya Khan Kim Kowalski Kumar
  Larsen Lefevre Lindqvist Lopez Mancini Martin Mbeki Mensah Moreau Morris Nakamura Nguyen Novak Okafor Olsen Park
  Patel Petrov Popescu Rahman Rossi Ruiz Santos Sato Schmidt Silva Singh Suzuki Tanaka Virtanen Walker Yilmaz`)

export const verbs = [
  'Fix',
  'Speed up',
  'Simplify',
  'Add tests for',
  'Document',
  'Cache',
  'Retry',
  'Validate',
  'Trace',
  'Paginate',
  'Rate-limit',
  'Extract',
  'Harden',
  'Clean up',
  'Roll out',
]

export const subjects = [
  'invoice export',
  'session refresh',
  'address lookup',
  'webhook delivery',
  'currency rounding',
  'search suggestions',
  'avatar upload',
  'order history',
  'password reset',
  'nightly import',
  'feature flags',
  'audit log',
  'push messages',
  'price rules',
  'stock levels',
  'sign-up form',
  'tax calculation',
  'image resizing',
  'error pages',
  'refund flow',
  'mail templates',
  'permission checks',
  'job queue',
  'API client',
  'database indexes',
]

function words(text: string): string[] {
  return text.trim().split(/\s+/)
}
