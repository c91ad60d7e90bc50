#!/bin/bash
# Builds the image and runs it on the small vulnerable shop of testdata: as GitHub's runner runs a container action, and as a
# command line of a user who is not root. Needs what base.sh needs, and git.
#
#   bench/image/run.sh            everything
#   bench/image/run.sh --no-build the runs only
#   FIX=yes bench/image/run.sh    a run with fixes too, which needs the npm registry from inside a container
set -euo pipefail

top=$(cd "$(dirname "$0")/../.." && pwd)
docker=${DOCKER:-docker}
image=${IMAGE:-fettle:local}
shop=${SHOP:-$top/testdata/shop}
feeds=${FEEDS:-$top/testdata/feeds}
export DOCKER_BUILDKIT=1

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

failed=0
# expect says whether the test after its first argument, a sentence, holds.
expect() {
	local what=$1
	shift
	if "$@"; then
		echo "ok    $what"
	else
		echo "FAIL  $what"
		failed=1
	fi
}

if [ "${1:-}" != --no-build ]; then
	DOCKER=$docker "$top/bench/image/base.sh"
	version=$(git -C "$top" describe --always --dirty 2>/dev/null || echo dev)
	bases=(--build-arg GO_IMAGE=fettle-go:local --build-arg BASE_IMAGE=fettle-base:local --build-arg "VERSION=$version")
	"$docker" build --quiet "${bases[@]}" --tag "$image" "$top" >/dev/null
	"$docker" build --quiet "${bases[@]}" --tag "$image-cli" --target cli "$top" >/dev/null
fi

echo "== image"
for i in fettle-base:local "$image" "$image-cli"; do
	"$docker" image inspect --format "$i {{.Size}} bytes, user \"{{.Config.User}}\"" "$i"
done
"$docker" run --rm "$image" version

# workspace makes a repository in $1 that belongs to $2. Its base is the shop, or with $3 the shop before it had dependencies; its
# head, the change, has all of it. The base and the head are printed.
workspace() {
	mkdir -p "$1"
	cp -R "$shop/." "$1"
	cp -R "$feeds" "$1/.feeds"
	rm -rf "$1/node_modules"
	echo /.feeds/ >>"$1/.gitignore"
	local git=(git -C "$1" -c user.name=fettle -c user.email=fettle@example.org -c init.defaultBranch=main)
	"${git[@]}" init --quiet
	"${git[@]}" add --all
	if [ "${3:-}" = adds ]; then
		"${git[@]}" rm --quiet --cached package.json package-lock.json
	fi
	"${git[@]}" commit --quiet --message "shop"
	"${git[@]}" rev-parse HEAD
	"${git[@]}" checkout --quiet -b change
	echo "A change." >>"$1/CHANGES.md"
	"${git[@]}" add --all
	"${git[@]}" commit --quiet --message "change"
	"${git[@]}" rev-parse HEAD
	chown -R "$2" "$1"
}

# registry passes on how this machine reaches its npm registry. Node brings authorities of its own; base.sh gave the image this machine's.
registry=(--env "NPM_CONFIG_REGISTRY=$(npm config get registry 2>/dev/null)" --env NPM_CONFIG_CAFILE=/etc/ssl/certs/ca-certificates.crt)

# input prints the value of an input: the default of action.yml, a JSON report, and the feeds of testdata.
input() {
	case $1 in
	path) echo . ;;
	fix) echo "$fix" ;;
	sarif-file) echo fettle.sarif ;;
	json-file) echo fettle.json ;;
	advisories) echo .feeds ;;
	esac
}

# output prints the output $1 of the last action.
output() {
	sed -n "s/^$1=//p" "$github/file_commands/output"
}

# action runs the image as GitHub's runner does, in the workspace of kind $2, and checks what holds for every run; $1 names the run.
action() {
	echo "== as GitHub's runner runs a container action: $1"
	runner=1001:121
	github=$work/github
	rm -rf "$github"
	mkdir -p "$github"/{home,workflow,file_commands}
	{ read -r base && read -r head; } < <(workspace "$github/workspace" "$runner" "$2")
	cat >"$github/workflow/event.json" <<-JSON
		{"action": "synchronize", "number": 7,
		 "repository": {"full_name": "fettle-dev/shop", "default_branch": "main"},
		 "pull_request": {"number": 7, "title": "A change",
		  "base": {"ref": "main", "sha": "$base", "repo": {"full_name": "fettle-dev/shop"}},
		  "head": {"ref": "change", "sha": "$head", "repo": {"full_name": "fettle-dev/shop"}}}}
	JSON
	touch "$github"/file_commands/{output,summary,env,path,state}
	chown -R "$runner" "$github"

	local args=() env=() name
	for name in path config fail-on fix sarif-file json-file database advisories; do
		args+=("--$name=$(input "$name")")
		env+=(--env "INPUT_$(tr a-z A-Z <<<"$name")=$(input "$name")")
	done
	status=0
	"$docker" run --rm --workdir /github/workspace "${env[@]}" "${registry[@]}" \
		--env HOME=/github/home --env CI=true --env GITHUB_ACTIONS=true \
		--env GITHUB_EVENT_NAME=pull_request --env GITHUB_EVENT_PATH=/github/workflow/event.json \
		--env GITHUB_REF=refs/pull/7/merge --env "GITHUB_SHA=$head" --env GITHUB_BASE_REF=main --env GITHUB_HEAD_REF=change \
		--env GITHUB_REPOSITORY=fettle-dev/shop --env GITHUB_WORKSPACE=/github/workspace --env GITHUB_TOKEN= \
		--env GITHUB_SERVER_URL=https://github.com --env GITHUB_API_URL=https://api.github.com \
		--env GITHUB_OUTPUT=/github/file_commands/output --env GITHUB_STEP_SUMMARY=/github/file_commands/summary \
		--env GITHUB_ENV=/github/file_commands/env --env GITHUB_PATH=/github/file_commands/path --env GITHUB_STATE=/github/file_commands/state \
		--volume /var/run/docker.sock:/var/run/docker.sock \
		--volume "$github/home:/github/home" --volume "$github/workflow:/github/workflow" \
		--volume "$github/file_commands:/github/file_commands" --volume "$github/workspace:/github/workspace" \
		"$image" ci "${args[@]}" >"$work/log" 2>&1 || status=$?
	cut -c1-200 "$work/log"
	echo "-- exit status $status"
	echo "-- outputs" && cat "$github/file_commands/output"
	echo "-- summary" && head -n 8 "$github/file_commands/summary" | cut -c1-200

	expect "the run finished: status 0 or 1" test "$status" -le 1
	expect "git accepted a workspace of another user" bash -c "! grep -qi 'dubious ownership' '$work/log'"
	expect "SARIF was written" test -s "$github/workspace/fettle.sarif"
	expect "all files in the workspace belong to its owner" bash -c "[ -z \"\$(find '$github/workspace' ! -uid 1001)\" ]"
	find "$github/workspace" ! -uid 1001 -printf '      %u %P\n' | head
	expect "no panic" bash -c "! grep -q '^panic:\|^goroutine ' '$work/log'"
	for name in $(sed -n '/^outputs:/,/^runs:/s/^  \([a-z-]*\):$/\1/p' "$top/action.yml"); do
		expect "output $name was set" grep -q "^$name\(=\|<<\)" "$github/file_commands/output"
	done
	expect "at most ten annotations of a level" bash -c "[ \$(grep -c '^::error' '$work/log') -le 10 ] && [ \$(grep -c '^::warning' '$work/log') -le 10 ]"
	expect "a summary was written" test -s "$github/file_commands/summary"
}

fix=false
action "a change that leaves the dependencies alone" same
expect "nothing is new" test "$(output new)" = 0
expect "the step passes" test "$status" = 0
action "a change that brings all of them" adds
expect "everything is new" test "$(output new)" = "$(output findings)"
expect "the step fails" test "$status" = 1
expect "findings are annotated" grep -q '^::error .*file=package' "$work/log"
if [ "${FIX:-}" = yes ]; then
	fix=true
	action "the same, and fixes are drafted and tried" adds
	expect "some fixes passed their trial" test "$(output fixes)" -gt 0
fi

echo "== as a user's command line, not root"
user=1234:1234
workspace "$work/cli" "$user" >/dev/null
status=0
"$docker" run --rm --user "$user" --volume "$work/cli:/workspace" "${registry[@]}" "$image-cli" \
	ci --path=. --advisories=.feeds --sarif-file=fettle.sarif >"$work/log" 2>&1 || status=$?
cat "$work/log"
echo "-- exit status $status"
expect "the run finished: status 0 or 1" test "$status" -le 1
expect "no workflow commands outside of GitHub" bash -c "! grep -q '^::' '$work/log'"
expect "SARIF was written by the user" bash -c "[ \"\$(stat -c %u '$work/cli/fettle.sarif')\" = 1234 ]"

exit "$failed"
