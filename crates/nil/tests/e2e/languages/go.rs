//! Go: errors, panics, goroutines, the end of the process, logs.

use serde_json::json;

use super::{asked_for, call, failure};
use crate::{functions::execute, hostile::network::Forbidden};

fn with(imports: &str, body: &str) -> String {
    let imports: String = imports.split_whitespace().map(|path| format!("import \"{path}\"\n")).collect();
    format!(
        "package function\n\n{imports}\ntype In struct {{ N int; List []int; Next *In }}\n\n\
         func Handle(in In) (out any, err error) {{\n\treturn work(&in)\n}}\n\n\
         //go:noinline\nfunc work(in *In) (out any, err error) {{\n{body}\n}}\n"
    )
}

#[tokio::test]
async fn failures_in_go_say_what_happened_and_where() {
    let Some(http) = asked_for("go") else { return };
    let error = with("fmt", "\treturn nil, fmt.Errorf(\"no such city: %s\", \"Ürü\")");
    assert_eq!(failure(&http, "go", "error", &error, "{}").await, "no such city: Ürü");

    // One function for every way to panic: each deploy takes a while.
    let body = "\tswitch in.N {\n\tcase 0:\n\t\treturn in.List[3], nil\n\tcase 1:\n\t\treturn in.Next.N, nil\n\
                \tcase 2:\n\t\treturn 7 / len(in.List), nil\n\tcase 3:\n\t\tpanic(errors.New(\"lost\"))\n\
                \tcase 4:\n\t\tos.Exit(3)\n\tcase 5:\n\t\t<-make(chan int)\n\
                \tcase 6:\n\t\tgo func() { panic(\"elsewhere\") }()\n\t\ttime.Sleep(time.Second)\n\
                \tcase 7:\n\t\treturn make(chan int), nil\n\
                \tcase 8:\n\t\tvar kept [][]byte\n\t\tfor {\n\t\t\tkept = append(kept, make([]byte, 1<<20))\n\t\t}\n\
                \tcase 9:\n\t\treturn work(in)\n\t}\n\treturn in.N, nil";
    let source = with("errors os time", body);
    let said = failure(&http, "go", "panics", &source, "{}").await;
    assert!(
        said.starts_with(
            "panic: runtime error: index out of range [3] with length 0\n    at function.work (function.go:"
        ),
        "{said}"
    );
    assert!(said.contains("at function.Handle (function.go:"), "{said}");
    let cases = [
        (1, "panic: runtime error: invalid memory address or nil pointer dereference"),
        (2, "panic: runtime error: integer divide by zero"),
        (3, "panic: lost"),
        (4, "3"),
        (5, "all goroutines are asleep - deadlock!"),
        (6, "panic: elsewhere"),
        (7, "the output of `Handle` is not JSON: json: unsupported type: chan int"),
        (8, "memory limit of 128 MiB reached"),
        (9, "stack overflow"),
    ];
    for (n, expected) in cases {
        let answer = execute(&http, "go-panics", &format!("{{\"n\":{n}}}")).await.json();
        let said = answer["errorMessage"].as_str().unwrap_or_default();
        assert!(said.contains(expected), "{n}: {answer:#}");
    }
    let wrong = execute(&http, "go-panics", "{\"n\":\"one\"}").await.json();
    let said = wrong["errorMessage"].as_str().unwrap_or_default();
    assert!(said.starts_with("the input does not fit `Handle`: json: cannot unmarshal string"), "{wrong:#}");
}

#[tokio::test]
async fn go_prints_into_the_logs_runs_goroutines_and_starts_afresh() {
    let Some(http) = asked_for("go") else { return };
    let body = "\tcalls++\n\tfmt.Println(\"one\", calls)\n\tfmt.Fprintln(os.Stderr, \"two\")\n\
                \tvar group sync.WaitGroup\n\tsum := make(chan int, 3)\n\
                \tfor n := range 3 {\n\t\tgroup.Go(func() { time.Sleep(time.Millisecond); sum <- n })\n\t}\n\
                \tgroup.Wait()\n\tid := make([]byte, 8)\n\trand.Read(id)\n\
                \treturn map[string]any{\"calls\": calls, \"sum\": <-sum + <-sum + <-sum, \"id\": fmt.Sprintf(\"%x\", id), \"dice\": dice.Uint64(), \"html\": \"<&>\"}, nil";
    let source = with("crypto/rand fmt os sync time", body)
        .replace("\ntype In", "import dice \"math/rand/v2\"\n\nvar calls int\n\ntype In");
    let first = call(&http, "go", "afresh", &source, "{}").await;
    let second = execute(&http, "go-afresh", "{}").await.json();
    for answer in [&first, &second] {
        assert_eq!((&answer["output"]["calls"], &answer["output"]["sum"]), (&json!(1), &json!(3)), "{answer:#}");
        assert_eq!(answer["output"]["html"], "<&>");
        let logs = answer["logs"].to_string();
        assert!(logs.contains("one 1") && logs.contains("two"), "{answer:#}");
    }
    for random in ["id", "dice"] {
        assert_ne!(first["output"][random], second["output"][random], "{random} is the same in two calls");
    }
}

#[tokio::test]
async fn go_has_no_network_and_cannot_call_itself() {
    let Some(http) = asked_for("go") else { return };
    let forbidden = Forbidden::start().await;
    let source = "package function\n\nimport (\n\t\"net\"\n\t\"net/http\"\n\t\"net/url\"\n\t\"time\"\n)\n\n\
                  type In struct{ Urls []string }\n\n\
                  func Handle(in In) ([]string, error) {\n\treached := []string{}\n\tclient := http.Client{Timeout: time.Second}\n\
                  \tfor _, address := range in.Urls {\n\
                  \t\tif _, err := client.Get(address); err == nil {\n\t\t\treached = append(reached, address)\n\t\t}\n\
                  \t\tat, err := url.Parse(address)\n\t\tif err != nil {\n\t\t\treturn nil, err\n\t\t}\n\
                  \t\tif _, err := net.DialTimeout(\"tcp\", at.Host, time.Second); err == nil {\n\
                  \t\t\treached = append(reached, at.Host)\n\t\t}\n\
                  \t}\n\treturn reached, nil\n}\n";
    let urls = json!({ "urls": forbidden.urls("go-network") }).to_string();
    let answer = call(&http, "go", "network", source, &urls).await;
    assert_eq!(answer["output"], json!([]), "{answer:#}");
    forbidden.was_left_alone().await;
}
