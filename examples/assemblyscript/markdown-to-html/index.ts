// Turns Markdown into HTML: headings, paragraphs, emphasis, code, links, images, lists, quotes, rules.
// Everything else in the text is escaped, so the result is safe to show: raw HTML does not pass through,
// and links lead only to http, https, mailto or a place on the same site.

import { JSON } from "json-as";

@json
class Request {
  markdown: string = "";
}

@json
class Page {
  title: string = "";
  html: string = "";
}

const enum Block {
  None,
  Paragraph,
  Bullets,
  Numbers,
  Quote,
}

function escapeHtml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

function isSafeLink(target: string): bool {
  const lower = target.toLowerCase();
  if (lower.startsWith("https://") || lower.startsWith("http://") || lower.startsWith("mailto:")) return true;
  // A relative link has no scheme: no colon before the first slash.
  const colon = lower.indexOf(":");
  const slash = lower.indexOf("/");
  return colon < 0 || (slash >= 0 && slash < colon);
}

/** One line of running text: code, links, bold, italics; what is left is escaped. */
function inline(text: string): string {
  let html = "";
  let plainFrom = 0;
  let at = 0;
  while (at < text.length) {
    let end = -1;
    let rendered = "";
    const unit = text.charCodeAt(at);
    if (unit == 0x60) {
      end = text.indexOf("`", at + 1);
      if (end > 0) {
        rendered = "<code>" + escapeHtml(text.substring(at + 1, end)) + "</code>";
        end += 1;
      }
    } else if (text.startsWith("**", at)) {
      end = text.indexOf("**", at + 2);
      if (end > at + 2) {
        rendered = "<strong>" + inline(text.substring(at + 2, end)) + "</strong>";
        end += 2;
      } else {
        end = -1;
      }
    } else if (unit == 0x2a || unit == 0x5f) {
      end = text.indexOf(text.charAt(at), at + 1);
      const opensWord = at == 0 || text.charCodeAt(at - 1) <= 0x2f;
      if (end > at + 1 && opensWord) {
        rendered = "<em>" + inline(text.substring(at + 1, end)) + "</em>";
        end += 1;
      } else {
        end = -1;
      }
    } else if (unit == 0x5b || (unit == 0x21 && text.startsWith("![", at))) {
      const isImage = unit == 0x21;
      const labelFrom = isImage ? at + 2 : at + 1;
      const labelEnd = text.indexOf("](", labelFrom);
      const targetEnd = labelEnd < 0 ? -1 : text.indexOf(")", labelEnd + 2);
      if (targetEnd > 0) {
        const label = text.substring(labelFrom, labelEnd);
        const target = text.substring(labelEnd + 2, targetEnd).trim();
        if (isSafeLink(target)) {
          const attribute = escapeHtml(target);
          rendered = isImage
            ? '<img src="' + attribute + '" alt="' + escapeHtml(label) + '">'
            : '<a href="' + attribute + '">' + inline(label) + "</a>";
          end = targetEnd + 1;
        }
      }
    }
    if (end > 0) {
      html += escapeHtml(text.substring(plainFrom, at)) + rendered;
      at = end;
      plainFrom = end;
    } else {
      at++;
    }
  }
  return html + escapeHtml(text.substring(plainFrom));
}

/** The number of `#` that open a heading, or 0. */
function headingLevel(line: string): i32 {
  let level = 0;
  while (level < line.length && line.charCodeAt(level) == 0x23) level++;
  return level >= 1 && level <= 6 && line.charCodeAt(level) == 0x20 ? level : 0;
}

/** Where the text of a numbered item (`12. text`) starts, or 0. */
function numberedItemStart(line: string): i32 {
  let at = 0;
  while (at < line.length && line.charCodeAt(at) >= 0x30 && line.charCodeAt(at) <= 0x39) at++;
  return at > 0 && line.startsWith(". ", at) ? at + 2 : 0;
}

class Writer {
  html: string[] = [];
  title: string = "";
  open: Block = Block.None;
  text: string[] = [];

  /** Ends the open block. */
  close(): void {
    if (this.open == Block.Paragraph) this.html.push("<p>" + inline(this.text.join(" ")) + "</p>");
    else if (this.open == Block.Quote) this.html.push("<blockquote><p>" + inline(this.text.join(" ")) + "</p></blockquote>");
    else if (this.open == Block.Bullets) this.html.push("</ul>");
    else if (this.open == Block.Numbers) this.html.push("</ol>");
    this.open = Block.None;
    this.text = [];
  }

  /** Makes `block` the open one. */
  enter(block: Block): void {
    if (this.open == block) return;
    this.close();
    this.open = block;
    if (block == Block.Bullets) this.html.push("<ul>");
    else if (block == Block.Numbers) this.html.push("<ol>");
  }

  heading(level: i32, text: string): void {
    this.close();
    if (this.title == "") this.title = text;
    const name = "h" + level.toString();
    this.html.push("<" + name + ">" + inline(text) + "</" + name + ">");
  }

  line(line: string): void {
    const level = headingLevel(line);
    const item = numberedItemStart(line);
    if (line == "") this.close();
    else if (level > 0) this.heading(level, line.substring(level + 1).trim());
    else if (line == "---" || line == "***") {
      this.close();
      this.html.push("<hr>");
    } else if (line.startsWith("- ") || line.startsWith("* ")) {
      this.enter(Block.Bullets);
      this.html.push("<li>" + inline(line.substring(2)) + "</li>");
    } else if (item > 0) {
      this.enter(Block.Numbers);
      this.html.push("<li>" + inline(line.substring(item)) + "</li>");
    } else if (line.startsWith(">")) {
      this.enter(Block.Quote);
      this.text.push(line.substring(1).trim());
    } else {
      this.enter(Block.Paragraph);
      this.text.push(line);
    }
  }
}

export function handle(input: string): string {
  const lines = JSON.parse<Request>(input).markdown.replaceAll("\r\n", "\n").split("\n");
  const writer = new Writer();
  for (let i = 0; i < lines.length; i++) {
    if (!lines[i].startsWith("```")) {
      writer.line(lines[i].trim());
      continue;
    }
    writer.close();
    const language = lines[i].substring(3).trim();
    const code: string[] = [];
    for (i++; i < lines.length && !lines[i].startsWith("```"); i++) code.push(escapeHtml(lines[i]));
    const attribute = language == "" ? "" : ' class="language-' + escapeHtml(language) + '"';
    writer.html.push("<pre><code" + attribute + ">" + code.join("\n") + "\n</code></pre>");
  }
  writer.close();

  const page = new Page();
  page.title = writer.title;
  page.html = writer.html.join("\n");
  return JSON.stringify(page);
}
