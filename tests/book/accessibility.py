"""What axe-core finds on a page."""

from functools import cache

# axe keeps the parts of its colours in WeakMaps, and a third of its time with them; as properties they cost little. It reads the
# same few colours again for each word of code on a page, nearly half of the rest: each is read once.
SPARING = """{
class WeakMap {
  #kept = Symbol()
  get(key) { return key?.[this.#kept] }
  set(key, value) { key[this.#kept] = value; return this }
  has(key) { return key != null && this.#kept in Object(key) }
  delete(key) { return this.has(key) && delete key[this.#kept] }
}
class WeakSet extends WeakMap {
  add(key) { return this.set(key, true) }
}
%s
}
{
const {prototype} = axe.commons.color.Color, parse = prototype.parseString, known = new Map()
void Object.assign(prototype, {parseString(text) {
  if (!known.has(text)) {
    parse.call(this, text)
    known.set(text, [this.r, this.g, this.b, this.alpha])
  }
  [this.r, this.g, this.b, this.alpha] = known.get(text)
  return this
}})
}"""


@cache
def sparing_axe() -> str:
    from axe_playwright_python.base import AXE_SCRIPT

    return SPARING % AXE_SCRIPT


def violations(page) -> list[dict]:
    """What axe finds, each with its `id` and `nodes`. It fetches no style sheet a second time: from a disk it may not, and says so."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(sparing_axe())
    return page.evaluate("async () => (await axe.run({preload: false, resultTypes: ['violations']})).violations")
