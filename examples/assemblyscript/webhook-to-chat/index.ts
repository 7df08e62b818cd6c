// Turns a Git hosting service's push event into a chat message, or into nothing when the push is of no
// interest. Reads the few fields it needs; the event has many more.

import { JSON } from "json-as";

@json
class Author {
  name: string = "";
}

@json
class Commit {
  id: string = "";
  message: string = "";
  url: string = "";
  author: Author = new Author();
}

@json
class Repository {
  @alias("full_name")
  fullName: string = "";
}

@json
class Push {
  ref: string = "";
  deleted: bool = false;
  forced: bool = false;
  commits: Commit[] = [];
  repository: Repository = new Repository();
}

@json
class Message {
  text: string = "";
}

const BRANCH_PREFIX = "refs/heads/";
const SHOWN_COMMITS: i32 = 5;
const SHORT_ID: i32 = 7;

/** `&`, `<` and `>` have a meaning in chat markup. */
function escapeMarkup(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function firstLine(text: string): string {
  const end = text.indexOf("\n");
  return end < 0 ? text : text.substring(0, end).trimEnd();
}

function plural(count: i32, word: string): string {
  return count.toString() + " " + word + (count == 1 ? "" : "s");
}

export function handle(input: string): string {
  const push = JSON.parse<Push>(input);
  if (push.ref == "") throw new Error("not a push event: 'ref' is missing");
  if (!push.ref.startsWith(BRANCH_PREFIX) || push.deleted || push.commits.length == 0) {
    console.info("nothing to say about " + push.ref);
    return "null";
  }

  const branch = push.ref.substring(BRANCH_PREFIX.length);
  const verb = push.forced ? "force-pushed" : "pushed";
  const lines: string[] = [
    "*" + escapeMarkup(push.repository.fullName) + "*: " + plural(push.commits.length, "commit") + " " + verb +
      " to `" + escapeMarkup(branch) + "`",
  ];
  const shown = min(push.commits.length, SHOWN_COMMITS);
  for (let i = 0; i < shown; i++) {
    const commit = push.commits[i];
    const link = "<" + commit.url + "|" + commit.id.substring(0, SHORT_ID) + ">";
    lines.push("• " + link + " " + escapeMarkup(firstLine(commit.message)) + " — " + escapeMarkup(commit.author.name));
  }
  if (push.commits.length > shown) lines.push("… and " + (push.commits.length - shown).toString() + " more");

  const message = new Message();
  message.text = lines.join("\n");
  return JSON.stringify(message);
}
