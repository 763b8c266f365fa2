// The simulator compares character by character, each time with a collator made anew, which took a third of its time.
const accents = new Intl.Collator(undefined, { sensitivity: 'accent' })
const { localeCompare } = String.prototype

String.prototype.localeCompare = function (other, locales, options) {
  const same = locales === undefined && options?.sensitivity === 'accent' && Object.keys(options).length === 1
  return same ? accents.compare(this, other) : localeCompare.call(this, other, locales, options)
}
