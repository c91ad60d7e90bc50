#!/bin/bash
# Runs the action by act, as a workflow that says "uses: ./", on a clone of this repository. The image is built as GitHub builds
# it, without arguments, so the two default images of the Dockerfile must be here: where they are not, those of base.sh
# stand in under their names. Needs what base.sh needs, and act (go install github.com/nektos/act@v0.2.80).
set -euo pipefail

top=$(cd "$(dirname "$0")/../.." && pwd)
docker=${DOCKER:-docker}
act=${ACT:-act}

work=$(mktemp -d)
stand_ins=()
cleanup() {
	rm -rf "$work"
	if [ "${#stand_ins[@]}" -gt 0 ]; then
		"$docker" rmi --no-prune "${stand_ins[@]}" >/dev/null
	fi
}
trap cleanup EXIT

DOCKER=$docker "$top/bench/image/base.sh"

# stand_in gives the image $2 the name that the Dockerfile's argument $1 has by default.
stand_in() {
	local name
	name=$(sed -n "s/^ARG $1=//p" "$top/Dockerfile")
	if ! "$docker" image inspect "$name" >/dev/null 2>&1; then
		"$docker" tag "$2" "$name"
		stand_ins+=("$name")
	fi
}
stand_in GO_IMAGE fettle-go:local
stand_in BASE_IMAGE fettle-base:local

git clone --quiet "$top" "$work/fettle"
cd "$work/fettle"
git remote set-url origin https://github.com/fettle-dev/fettle.git # act takes GITHUB_REPOSITORY from it
# What was not committed yet takes part too.
(cd "$top" && git ls-files --cached --others --exclude-standard -z | xargs -0 -r tar -c --ignore-failed-read) | tar -x
mkdir -p .github/workflows
cp bench/image/act.yml .github/workflows/rig.yml

"$act" "${1:-push}" --workflows .github/workflows/rig.yml --pull=false --platform ubuntu-24.04=fettle-base:local \
	--container-architecture linux/amd64 --no-cache-server \
	--env "NPM_CONFIG_REGISTRY=$(npm config get registry 2>/dev/null)" --env NPM_CONFIG_CAFILE=/etc/ssl/certs/ca-certificates.crt
