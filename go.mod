module github.com/fettle-dev/fettle

go 1.26.0
