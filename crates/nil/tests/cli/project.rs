//! `nil.toml`: what it may say, and what is said about what it may not. Nothing is sent of a project that is wrong
//! anywhere.

use crate::transcript::Bench;

const ECHO: &str = "export function handle(input: string): string {\n  return input;\n}\n";

/// A project of one function with these lines behind its heading.
fn bench(lines: &str) -> Bench {
    let bench = Bench::new();
    bench.write("nil.toml", &format!("[functions.price]\n{lines}\n"));
    bench.write("price.ts", ECHO);
    bench
}

#[test]
fn what_is_wrong_in_the_file_is_shown_with_its_line() {
    for (lines, line, reason) in [
        ("schedules = 1", 2, "invalid type: integer `1`"),
        ("sauce = 1", 2, "unknown field `sauce`"),
        ("[functions.price.schedules.nightly]", 2, "a schedule has `cron` or `everyMs`, not both and not neither"),
        ("\n[functions.price.schedules.nightly]\ncron = \"never\"", 3, "`cron` cannot be read"),
        (
            "[functions.price.schedules.nightly]\ncron = \"0 3 * * *\"\ntimezone = \"UTC\"",
            4,
            "unknown field `timezone`",
        ),
        ("[functions.price.schedules.nightly]\neveryMs = \"often\"", 3, "invalid type: string \"often\""),
        ("[functions.price.schedules.a]\neveryMs = 1000\ncatchUp = \"most\"", 4, "unknown variant `most`"),
        ("[functions.price.schedules.\"a b\"]\neveryMs = 1000", 2, "name may not hold ' '"),
        ("environments = [\"shared\", \"Shared\"]", 2, "`Shared` is there twice"),
        ("environments = [\"a/b\"]", 2, "name may not hold '/'"),
        ("[environments.shared]\nvariables = { A = 1 }", 3, "invalid type: integer `1`, expected a string"),
        ("[environments.shared]\nvariables = { \"A-B\" = \"\" }", 3, "`A-B` is no name of a variable"),
        ("[environments.shared]\nvariables = { A = \"\" }\nsecrets = [\"A\"]", 2, "`A` is a variable and a secret"),
        ("[environments.shared.secrets]\nA = \"hush\"", 2, "invalid type: map"),
        ("[environments.shared]\nvalues = {}", 3, "unknown field `values`"),
    ] {
        let bench = bench(lines);
        let said = bench.nil(&["deploy"]);
        let start = format!("exit 2\n--- stderr\nerror: `./nil.toml`, line {line}: ");
        assert!(said.starts_with(&start) && said.contains(reason), "{lines}\n---\n{said}");
        assert!(!said.contains("hush"), "{said}");
        assert_eq!(bench.nil(&["diff"]), said, "both read it the same way");
        assert_eq!(bench.server.requests(), Vec::<String>::new());
    }
}

#[test]
fn what_the_server_lacks_is_said_with_the_command_that_adds_it() {
    let bench = bench(
        "environments = [\"shared\", \"elsewhere\"]\n[environments.shared]\nvariables = { TOKEN = \"plain\" }\n\
         secrets = [\"API_KEY\", \"URL\"]\n[environments.fresh]\nsecrets = [\"KEY\"]\n",
    );
    assert_eq!(
        bench.nil(&["deploy"]),
        "exit 1\n--- stderr\nerror: nothing was deployed: `fresh` has no secret `KEY`; `shared` has no secret `API_KEY`; \
         `shared` has no secret `URL`; `TOKEN` of `shared` is a secret on the server, and stays one; there is no \
         environment `elsewhere`\n\
         hint: nil env secret fresh KEY\n      nil env secret shared API_KEY\n      nil env secret shared URL\n      nil \
         env unset shared TOKEN   # or name it in `secrets`\n      nil env set elsewhere NAME=VALUE   # or add \
         [environments.elsewhere] to the file\n"
    );
    assert_eq!(bench.server.requests(), Vec::<String>::new());
    assert_eq!(
        bench.nil(&["diff"]),
        "exit 0\n--- stdout\nenvironment fresh: new\nsecret KEY: missing; set it with `nil env secret fresh KEY`\n\
         environment shared: changed\nTOKEN: none -> \"plain\"\nURL: \"https://example.com\" -> none\n\
         secret API_KEY: missing; set it with `nil env secret shared API_KEY`\n\
         secret URL: missing; set it with `nil env secret shared URL`\n\
         TOKEN: a secret on the server, which stays; name it in `secrets`\nenvironment elsewhere: missing\n\
         price: new\nenvironments: none -> shared, elsewhere\nlanguage: default -> assemblyscript\n--- /dev/null\n\
         +++ b/index.ts\n\
         @@ -0,0 +1,3 @@\n+export function handle(input: string): string {\n+  return input;\n+}\n"
    );
}

#[test]
fn environments_are_sent_before_the_functions_that_have_them() {
    let bench =
        bench("environments = [\"shared\"]\n[environments.shared]\nvariables = { URL = \"https://example.org\" }");
    let said = bench.nil(&["deploy"]);
    assert!(said.starts_with("exit 0\n--- stdout\nprice  v1  READY  212 ms  14.2 KiB\n"), "{said}");
    assert!(said.contains("environment shared: changed\n"), "{said}");
    let requests = bench.server.requests();
    assert_eq!(
        requests,
        [r#"PUT /environments/shared {"variables":{"URL":"https://example.org"}}"#, r#"POST /functions "price""#]
    );
}
