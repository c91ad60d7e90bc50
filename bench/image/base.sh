#!/bin/sh
# Builds the two images that the Dockerfile starts from, without pulling any image: fettle-base:local stands for BASE_IMAGE and
# fettle-go:local for GO_IMAGE. Everything comes from what this machine is configured to use: its Debian mirror, its npm
# registry, its certificate authorities and its Go toolchain. Needs root, debootstrap, npm, go and a Docker engine.
#
#   bench/image/base.sh           builds what is missing
#   bench/image/base.sh --force   builds both again
set -eu

docker=${DOCKER:-docker}
suite=${SUITE:-bookworm}
node_major=${NODE_MAJOR:-22}
npm_major=${NPM_MAJOR:-10}
bundle=${CA_BUNDLE:-/etc/ssl/certs/ca-certificates.crt}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM

# mirror prints the address of the archive that apt reads this suite from.
mirror() {
	apt-get indextargets --format '$(CODENAME) $(REPO_URI)' 'Created-By: Packages' | sed -n "s/^$suite //p" | head -n 1
}

# bootstrap makes the root file system $1 of the packages $2.
bootstrap() {
	from=$(mirror)
	if [ -z "$from" ]; then
		echo "base.sh: apt on this machine reads no archive of Debian $suite; set SUITE to one that it reads" >&2
		exit 1
	fi
	debootstrap --variant=minbase --include="$2" "$suite" "$1" "$from" >"$work/debootstrap.log" 2>&1 || {
		tail -n 20 "$work/debootstrap.log" >&2
		exit 1
	}
	rm -rf "$1"/var/lib/apt/lists/* "$1"/var/cache/apt/* "$1"/var/cache/debconf/* "$1"/var/log/* "$1"/usr/share/doc/* \
		"$1"/usr/share/man/* "$1"/usr/share/info/* "$1"/usr/share/locale/* "$1"/usr/share/i18n/* "$1"/debootstrap
	: >"$1/etc/apt/sources.list"
	cp "$bundle" "$1/etc/ssl/certs/ca-certificates.crt"
}

# node_tools puts node and npm into the root file system $1. Debian's own npm pulls in hundreds of packages.
node_tools() {
	case $(uname -m) in
	x86_64) arch=x64 ;;
	aarch64) arch=arm64 ;;
	*)
		echo "base.sh: no node package for $(uname -m); it exists for x86_64 and aarch64" >&2
		exit 1
		;;
	esac
	mkdir -p "$work/node" "$work/npm" "$1/usr/local/lib/node_modules" "$1/usr/local/bin"
	# npm pack takes an exact version or a tag, so the newest of a major is looked up first.
	node=$(newest "node-linux-$arch" "$node_major")
	npm=$(newest npm "$npm_major")
	(cd "$work/node" && npm pack --silent "node-linux-$arch@$node" >/dev/null && tar -xzf ./*.tgz)
	(cd "$work/npm" && npm pack --silent "npm@$npm" >/dev/null && tar -xzf ./*.tgz)
	install -m 755 "$work/node/package/bin/node" "$1/usr/local/bin/node"
	rm -rf "$work/npm/package/docs" "$work/npm/package/man"
	mv "$work/npm/package" "$1/usr/local/lib/node_modules/npm"
	chown -R 0:0 "$1/usr/local/lib/node_modules"
	ln -sf ../lib/node_modules/npm/bin/npm-cli.js "$1/usr/local/bin/npm"
	ln -sf ../lib/node_modules/npm/bin/npx-cli.js "$1/usr/local/bin/npx"
	chmod 755 "$1"/usr/local/lib/node_modules/npm/bin/*-cli.js
	# The user of the official node images, which the Dockerfile relies on.
	chroot "$1" groupadd --gid 1000 node
	chroot "$1" useradd --uid 1000 --gid node --shell /bin/sh --create-home node
}

# newest prints the newest served version of package $1 within major $2.
newest() {
	npm view "$1@$2" version --json 2>/dev/null | tr -d '[]", ' | grep -E '^[0-9.]+$' | sort -V | tail -n 1
}

# image imports the root file system $1 as image $2; what follows are Dockerfile instructions for it.
image() {
	root=$1 name=$2
	shift 2
	tar -C "$root" -c . | "$docker" import "$@" - "$name" >/dev/null
	"$docker" image inspect --format "$name {{.Size}} bytes" "$name"
}

missing() {
	[ "${force:-}" = yes ] || ! "$docker" image inspect "$1" >/dev/null 2>&1
}

[ "${1:-}" != --force ] || force=yes

if missing fettle-base:local; then
	bootstrap "$work/base" ca-certificates,git
	node_tools "$work/base"
	image "$work/base" fettle-base:local --change 'CMD ["node"]'
fi

if missing fettle-go:local; then
	bootstrap "$work/go" ca-certificates,git,gcc,libc6-dev
	mkdir -p "$work/go/usr/local"
	cp -a "$(go env GOROOT)" "$work/go/usr/local/go"
	image "$work/go" fettle-go:local \
		--change 'ENV PATH=/usr/local/go/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' \
		--change "ENV GOPROXY=$(go env GOPROXY)" \
		--change "ENV GOSUMDB=$(go env GOSUMDB)" \
		--change 'ENV GOTOOLCHAIN=local'
fi
