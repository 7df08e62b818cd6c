;; A component for `wasmtime serve` that answers the body it was sent, as JSON: wasi:http 0.2 with nothing above it. It
;; is made as cheap as it can be: the memory is a module of its own, so host functions are imported as they are, without
;; the table of indirect calls that tools put between a module and the memory it exports itself.
(component
  ;; What is imported: the functions that are called and the types they mention. A component may import less than an
  ;; interface offers, but what it names must have the interface's exact shape.
  (import "wasi:io/error@0.2.0" (instance $errors
    (export "error" (type (sub resource)))))
  (alias export $errors "error" (type $io-error))

  (import "wasi:io/streams@0.2.0" (instance $streams
    (alias outer 1 $io-error (type $io-error))
    (export "error" (type $error (eq $io-error)))
    (type $failure (variant (case "last-operation-failed" (own $error)) (case "closed")))
    (export "stream-error" (type $stream-error (eq $failure)))
    (export "input-stream" (type $input (sub resource)))
    (export "output-stream" (type $output (sub resource)))
    (export "[method]input-stream.blocking-read" (func
      (param "self" (borrow $input)) (param "len" u64)
      (result (result (list u8) (error $stream-error)))))
    (export "[method]output-stream.blocking-write-and-flush" (func
      (param "self" (borrow $output)) (param "contents" (list u8))
      (result (result (error $stream-error)))))))
  (alias export $streams "input-stream" (type $input))
  (alias export $streams "output-stream" (type $output))

  (import "wasi:http/types@0.2.0" (instance $http
    (alias outer 1 $input (type $in))
    (alias outer 1 $output (type $out))
    (export "input-stream" (type $input (eq $in)))
    (export "output-stream" (type $output (eq $out)))
    (export "fields" (type $fields (sub resource)))
    (export "incoming-request" (type $request (sub resource)))
    (export "incoming-body" (type $incoming (sub resource)))
    (export "outgoing-response" (type $response (sub resource)))
    (export "outgoing-body" (type $outgoing (sub resource)))
    (export "response-outparam" (type $answer (sub resource)))
    (type $header-error- (variant (case "invalid-syntax") (case "forbidden") (case "immutable")))
    (export "header-error" (type $header-error (eq $header-error-)))
    (type $dns- (record (field "rcode" (option string)) (field "info-code" (option u16))))
    (export "DNS-error-payload" (type $dns (eq $dns-)))
    (type $alert- (record (field "alert-id" (option u8)) (field "alert-message" (option string))))
    (export "TLS-alert-received-payload" (type $alert (eq $alert-)))
    (type $field- (record (field "field-name" (option string)) (field "field-size" (option u32))))
    (export "field-size-payload" (type $field (eq $field-)))
    (type $error-code- (variant
      (case "DNS-timeout") (case "DNS-error" $dns) (case "destination-not-found") (case "destination-unavailable")
      (case "destination-IP-prohibited") (case "destination-IP-unroutable") (case "connection-refused")
      (case "connection-terminated") (case "connection-timeout") (case "connection-read-timeout")
      (case "connection-write-timeout") (case "connection-limit-reached") (case "TLS-protocol-error")
      (case "TLS-certificate-error") (case "TLS-alert-received" $alert) (case "HTTP-request-denied")
      (case "HTTP-request-length-required") (case "HTTP-request-body-size" (option u64))
      (case "HTTP-request-method-invalid") (case "HTTP-request-URI-invalid") (case "HTTP-request-URI-too-long")
      (case "HTTP-request-header-section-size" (option u32)) (case "HTTP-request-header-size" (option $field))
      (case "HTTP-request-trailer-section-size" (option u32)) (case "HTTP-request-trailer-size" $field)
      (case "HTTP-response-incomplete") (case "HTTP-response-header-section-size" (option u32))
      (case "HTTP-response-header-size" $field) (case "HTTP-response-body-size" (option u64))
      (case "HTTP-response-trailer-section-size" (option u32)) (case "HTTP-response-trailer-size" $field)
      (case "HTTP-response-transfer-coding" (option string)) (case "HTTP-response-content-coding" (option string))
      (case "HTTP-response-timeout") (case "HTTP-upgrade-failed") (case "HTTP-protocol-error")
      (case "loop-detected") (case "configuration-error") (case "internal-error" (option string))))
    (export "error-code" (type $error-code (eq $error-code-)))
    (export "[static]fields.from-list" (func
      (param "entries" (list (tuple string (list u8)))) (result (result (own $fields) (error $header-error)))))
    (export "[method]incoming-request.consume" (func
      (param "self" (borrow $request)) (result (result (own $incoming)))))
    (export "[method]incoming-body.stream" (func
      (param "self" (borrow $incoming)) (result (result (own $input)))))
    (export "[constructor]outgoing-response" (func
      (param "headers" (own $fields)) (result (own $response))))
    (export "[method]outgoing-response.body" (func
      (param "self" (borrow $response)) (result (result (own $outgoing)))))
    (export "[method]outgoing-body.write" (func
      (param "self" (borrow $outgoing)) (result (result (own $output)))))
    (export "[static]outgoing-body.finish" (func
      (param "this" (own $outgoing)) (param "trailers" (option (own $fields)))
      (result (result (error $error-code)))))
    (export "[static]response-outparam.set" (func
      (param "param" (own $answer)) (param "response" (result (own $response) (error $error-code)))))))
  (alias export $http "incoming-request" (type $request))
  (alias export $http "incoming-body" (type $incoming))
  (alias export $http "response-outparam" (type $answer))

  ;; Memory, and room in it for what the host hands over. `$next` goes back to the start with every read.
  (core module $Memory
    (memory (export "memory") 1)
    ;; One header: its name (pointer, length) and its value (pointer, length).
    (data (i32.const 64) "\60\00\00\00\0c\00\00\00\70\00\00\00\10\00\00\00")
    (data (i32.const 96) "content-type")
    (data (i32.const 112) "application/json")
    (global $next (export "next") (mut i32) (i32.const 128))
    (func (export "realloc") (param $old i32) (param $old_size i32) (param $align i32) (param $size i32) (result i32)
      (local $start i32)
      (local.set $start
        (i32.and
          (i32.add (global.get $next) (i32.sub (local.get $align) (i32.const 1)))
          (i32.sub (i32.const 0) (local.get $align))))
      (global.set $next (i32.add (local.get $start) (local.get $size)))
      ;; Reads are of at most 32 KiB, so one page is enough.
      (if (i32.gt_u (global.get $next) (i32.const 65536)) (then (unreachable)))
      (local.get $start)))
  (core instance $memory (instantiate $Memory))
  (alias core export $memory "memory" (core memory $mem))
  (alias core export $memory "realloc" (core func $realloc))

  (core func $read (canon lower (func $streams "[method]input-stream.blocking-read")
    (memory $mem) (realloc $realloc)))
  (core func $write (canon lower (func $streams "[method]output-stream.blocking-write-and-flush") (memory $mem)))
  (core func $fields (canon lower (func $http "[static]fields.from-list") (memory $mem)))
  (core func $consume (canon lower (func $http "[method]incoming-request.consume") (memory $mem)))
  (core func $stream (canon lower (func $http "[method]incoming-body.stream") (memory $mem)))
  (core func $response (canon lower (func $http "[constructor]outgoing-response")))
  (core func $body (canon lower (func $http "[method]outgoing-response.body") (memory $mem)))
  (core func $output-of (canon lower (func $http "[method]outgoing-body.write") (memory $mem)))
  (core func $finish (canon lower (func $http "[static]outgoing-body.finish") (memory $mem) (realloc $realloc)))
  (core func $answer (canon lower (func $http "[static]response-outparam.set") (memory $mem)))
  (core func $drop-request (canon resource.drop $request))
  (core func $drop-incoming (canon resource.drop $incoming))
  (core func $drop-input (canon resource.drop $input))
  (core func $drop-output (canon resource.drop $output))

  ;; Results of host calls are written to address 0: whether it failed at 0, the handle or pointer at 4, a list's length
  ;; at 8.
  (core module $Echo
    (import "" "memory" (memory 1))
    (import "" "next" (global $next (mut i32)))
    (import "" "read" (func $read (param i32 i64 i32)))
    (import "" "write" (func $write (param i32 i32 i32 i32)))
    (import "" "fields" (func $fields (param i32 i32 i32)))
    (import "" "consume" (func $consume (param i32 i32)))
    (import "" "stream" (func $stream (param i32 i32)))
    (import "" "response" (func $response (param i32) (result i32)))
    (import "" "body" (func $body (param i32 i32)))
    (import "" "output-of" (func $output-of (param i32 i32)))
    (import "" "finish" (func $finish (param i32 i32 i32 i32)))
    (import "" "answer" (func $answer (param i32 i32 i32 i32 i64 i32 i32 i32 i32)))
    (import "" "drop-request" (func $drop-request (param i32)))
    (import "" "drop-incoming" (func $drop-incoming (param i32)))
    (import "" "drop-input" (func $drop-input (param i32)))
    (import "" "drop-output" (func $drop-output (param i32)))

    ;; The handle of the last result. A failed call ends the instance, and the server answers 500.
    (func $handle (result i32)
      (if (i32.load8_u (i32.const 0)) (then (unreachable)))
      (i32.load (i32.const 4)))

    (func (export "handle") (param $request i32) (param $out i32)
      (local $incoming i32) (local $input i32) (local $made i32) (local $outgoing i32) (local $output i32)
      (local $at i32) (local $left i32) (local $piece i32)
      (call $consume (local.get $request) (i32.const 0))
      (local.set $incoming (call $handle))
      (call $stream (local.get $incoming) (i32.const 0))
      (local.set $input (call $handle))

      (call $fields (i32.const 64) (i32.const 1) (i32.const 0))
      (local.set $made (call $response (call $handle)))
      (call $body (local.get $made) (i32.const 0))
      (local.set $outgoing (call $handle))
      ;; The response, or one of many errors: all parameters behind the handle are an error's.
      (call $answer
        (local.get $out) (i32.const 0) (local.get $made)
        (i32.const 0) (i64.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0))
      (call $output-of (local.get $outgoing) (i32.const 0))
      (local.set $output (call $handle))

      (block $end
        (loop $more
          (global.set $next (i32.const 128))
          (call $read (local.get $input) (i64.const 32768) (i32.const 0))
          ;; The stream has ended.
          (br_if $end (i32.load8_u (i32.const 0)))
          (local.set $at (i32.load (i32.const 4)))
          (local.set $left (i32.load (i32.const 8)))
          (loop $pieces
            (if (local.get $left)
              (then
                ;; The interface takes 4,096 bytes at a time.
                (local.set $piece
                  (select (local.get $left) (i32.const 4096) (i32.lt_u (local.get $left) (i32.const 4096))))
                (call $write (local.get $output) (local.get $at) (local.get $piece) (i32.const 0))
                (if (i32.load8_u (i32.const 0)) (then (unreachable)))
                (local.set $at (i32.add (local.get $at) (local.get $piece)))
                (local.set $left (i32.sub (local.get $left) (local.get $piece)))
                (br $pieces))))
          (br $more)))

      (call $drop-output (local.get $output))
      (call $finish (local.get $outgoing) (i32.const 0) (i32.const 0) (i32.const 0))
      (call $drop-input (local.get $input))
      (call $drop-incoming (local.get $incoming))
      (call $drop-request (local.get $request))))
  (core instance $echo (instantiate $Echo (with "" (instance
    (export "memory" (memory $mem))
    (export "next" (global $memory "next"))
    (export "read" (func $read))
    (export "write" (func $write))
    (export "fields" (func $fields))
    (export "consume" (func $consume))
    (export "stream" (func $stream))
    (export "response" (func $response))
    (export "body" (func $body))
    (export "output-of" (func $output-of))
    (export "finish" (func $finish))
    (export "answer" (func $answer))
    (export "drop-request" (func $drop-request))
    (export "drop-incoming" (func $drop-incoming))
    (export "drop-input" (func $drop-input))
    (export "drop-output" (func $drop-output))))))

  (func $handle (param "request" (own $request)) (param "response-out" (own $answer))
    (canon lift (core func $echo "handle")))
  (instance $handler (export "handle" (func $handle)))
  (export "wasi:http/incoming-handler@0.2.0" (instance $handler)))
