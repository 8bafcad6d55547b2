module github.com/libdeberta/libdeberta/bindings/go

go 1.24
