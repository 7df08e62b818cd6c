// Makes json-as tell all keys apart.
//
// Where keys do not come in the order of the class, json-as 1.6.0 compares them four characters and two
// characters at a time, and forgets the last one of a key with an odd number of them: `item1` was taken for
// `item2`, and any unknown key of that length for either. Importing this adds the missing comparison to the
// code that json-as generates. It does not touch the files of json-as.

import { SimpleParser } from "json-as/transform/lib/util.js";

/** A comparison of more than four characters, as json-as writes it: the key stands in the comment behind. */
const KEY_COMPARISON = /(codeS\d+ == \d+)\) \{ \/\/ (.+)$/gm;

const parseClassMember = SimpleParser.parseClassMember;

SimpleParser.parseClassMember = (text, owner) =>
  parseClassMember.call(SimpleParser, text.replace(KEY_COMPARISON, compareWhole), owner);

function compareWhole(line, comparison, key) {
  if (key.length % 2 === 0) return line;
  const last = key.length - 1;
  return `${comparison} && load<u16>(keyStart, ${last * 2}) == ${key.charCodeAt(last)}) { // ${key}`;
}
