// Fills a text template from JSON data:
//   {{customer.name}}                      a value, by path
//   {{#each items}} … {{/each}}            once for each element; inside, names are looked up in the element
//                                          first, {{.}} is the element itself
//   {{#if paid}} … {{else}} … {{/if}}      false, null, 0, "", [] and what is missing count as no

import { JSON } from "json-as";

@json
class Request {
  template: string = "";
  data: JSON.Obj = new JSON.Obj();
}

class Node {
  text: string = "";
  path: string = "";
  children: Node[] = [];
  otherwise: Node[] = [];

  constructor(public kind: Kind) {}
}

const enum Kind {
  Text,
  Value,
  Each,
  If,
}

class Parser {
  at: i32 = 0;
  /** The tag that ended the last list of nodes: `/each`, `/if`, `else`, or "" at the end of the text. */
  ended: string = "";

  constructor(private template: string) {}

  nodes(): Node[] {
    const found: Node[] = [];
    while (true) {
      const open = this.template.indexOf("{{", this.at);
      const text = new Node(Kind.Text);
      text.text = open < 0 ? this.template.substring(this.at) : this.template.substring(this.at, open);
      if (text.text.length > 0) found.push(text);
      if (open < 0) {
        this.ended = "";
        return found;
      }
      const close = this.template.indexOf("}}", open);
      if (close < 0) throw new Error("'{{' at " + open.toString() + " is not closed");
      this.at = close + 2;
      const tag = this.template.substring(open + 2, close).trim();
      if (tag == "else" || tag.startsWith("/")) {
        this.ended = tag;
        return found;
      }
      found.push(this.node(tag));
    }
  }

  private node(tag: string): Node {
    if (tag.startsWith("#each ")) {
      const node = new Node(Kind.Each);
      node.path = tag.substring(6).trim();
      node.children = this.nodes();
      this.expect("/each");
      return node;
    }
    if (tag.startsWith("#if ")) {
      const node = new Node(Kind.If);
      node.path = tag.substring(4).trim();
      node.children = this.nodes();
      if (this.ended == "else") node.otherwise = this.nodes();
      this.expect("/if");
      return node;
    }
    if (tag.startsWith("#")) throw new Error("unknown tag '{{" + tag + "}}'");
    const node = new Node(Kind.Value);
    node.path = tag;
    return node;
  }

  private expect(tag: string): void {
    if (this.ended != tag) {
      const found = this.ended == "" ? "the end" : "'{{" + this.ended + "}}'";
      throw new Error("expected '{{" + tag + "}}', found " + found);
    }
  }
}

/** Looks `path` up in the innermost value that has its first name. */
function lookUp(path: string, scopes: JSON.Value[]): JSON.Value | null {
  if (path == ".") return scopes[scopes.length - 1];
  const names = path.split(".");
  for (let depth = scopes.length - 1; depth >= 0; depth--) {
    const scope = scopes[depth];
    if (!isObject(scope) || !scope.get<JSON.Obj>().has(names[0])) continue;
    let value: JSON.Value | null = scope;
    for (let i = 0; i < names.length && value; i++) {
      const current: JSON.Value = value;
      value = isObject(current) ? current.get<JSON.Obj>().get(names[i]) : null;
    }
    return value;
  }
  return null;
}

function isObject(value: JSON.Value): bool {
  return value.type == JSON.Types.Object;
}

function isArray(value: JSON.Value): bool {
  return value.type == JSON.Types.Array;
}

function isTrue(value: JSON.Value | null): bool {
  if (!value) return false;
  const text = JSON.stringify(value);
  return text != "null" && text != "false" && text != "0" && text != '""' && text != "[]";
}

function show(value: JSON.Value | null): string {
  if (!value) return "";
  if (value.type == JSON.Types.String) return value.get<string>();
  const text = JSON.stringify(value);
  return text == "null" ? "" : text;
}

function render(nodes: Node[], scopes: JSON.Value[], output: string[]): void {
  for (let i = 0; i < nodes.length; i++) {
    const node = nodes[i];
    if (node.kind == Kind.Text) {
      output.push(node.text);
      continue;
    }
    const value = lookUp(node.path, scopes);
    if (node.kind == Kind.Value) {
      output.push(show(value));
    } else if (node.kind == Kind.If) {
      render(isTrue(value) ? node.children : node.otherwise, scopes, output);
    } else if (value && isArray(value)) {
      const elements = value.get<JSON.Arr>();
      for (let j = 0; j < elements.length; j++) {
        scopes.push(elements.at(j));
        render(node.children, scopes, output);
        scopes.pop();
      }
    } else if (value) {
      throw new Error("'" + node.path + "' is not an array");
    }
  }
}

export function handle(input: string): string {
  const request = JSON.parse<Request>(input);
  const parser = new Parser(request.template);
  const nodes = parser.nodes();
  if (parser.ended != "") throw new Error("unexpected '{{" + parser.ended + "}}'");
  const output: string[] = [];
  render(nodes, [JSON.Value.from(request.data)], output);
  return JSON.stringify(output.join(""));
}
