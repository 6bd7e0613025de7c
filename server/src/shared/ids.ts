/** Orders ids by Unicode code point, as PostgreSQL's COLLATE "C" does: the same on every machine. */
export function compareIds(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i)
    const y = b.charCodeAt(i)
    if (x !== y) return codePointRank(x) - codePointRank(y)
  }
  return a.length - b.length
}

/** UTF-16 puts surrogates (code points from U+10000) before U+E000..U+FFFF; UTF-8 puts them last. */
function codePointRank(unit: number): number {
  if (unit < 0xd800) return unit
  return unit < 0xe000 ? unit + 0x10000 : unit
}

/** How many of the items, which are in the order of `compareIds`, have an id up to `id`: where the next one begins. */
export function countUpTo<Item>(items: readonly Item[], id: string, idOf: (item: Item) => string): number {
  let low = 0
  let high = items.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (compareIds(idOf(items[middle]!), id) <= 0) low = middle + 1
    else high = middle
  }
  return low
}
