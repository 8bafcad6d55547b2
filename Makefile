# Builds and installs the C library where there is no CMake:
#
#   make && make install PREFIX=/usr/local
#
# This puts the same files in the same places as `cmake --install`, except the CMake package; tests/install/run compares
# the two. DESTDIR goes in front of every path; LIBDIR and INCLUDEDIR are relative to PREFIX.

PREFIX = /usr/local
LIBDIR = lib
INCLUDEDIR = include
CARGO = cargo
RUSTC = rustc
PROFILE = release
CARGO_TARGET_DIR = target

version := $(shell sed -n 's/^version = "\([0-9]*\.[0-9]*\.[0-9]*\).*/\1/p' Cargo.toml | head -n 1)
abi_version := $(shell sed -n 's/^\#define DEBERTA_ABI_VERSION //p' include/deberta.h)
shared_file := libdeberta.so.$(version)
soname := libdeberta.so.$(abi_version)

cpp_headers := $(patsubst bindings/cpp/include/%,%,$(shell find bindings/cpp/include -name '*.hpp'))

output := $(CARGO_TARGET_DIR)/$(patsubst dev,debug,$(PROFILE))
to_prefix := $(shell echo $(LIBDIR)/pkgconfig | sed 's|[^/][^/]*|..|g')
libraries := $(DESTDIR)$(PREFIX)/$(LIBDIR)
headers := $(DESTDIR)$(PREFIX)/$(INCLUDEDIR)
documents := $(DESTDIR)$(PREFIX)/share/doc/deberta

.PHONY: all install uninstall

all:
	$(CARGO) build --package deberta --lib --locked --profile $(PROFILE) --target-dir $(CARGO_TARGET_DIR)
	: | $(RUSTC) - --crate-name empty --crate-type staticlib --print native-static-libs --out-dir $(output)/empty 2>&1 \
	  | sed -n 's/.*native-static-libs: //p' >$(output)/native-static-libs
	test -s $(output)/native-static-libs

# Does not build: `sudo make install` must not need cargo, nor leave files of root's behind.
install:
	install -d $(libraries)/pkgconfig $(headers) $(documents)
	install -m 755 $(output)/libdeberta.so $(libraries)/$(shared_file)
	ln -sf $(shared_file) $(libraries)/$(soname)
	ln -sf $(soname) $(libraries)/libdeberta.so
	install -m 644 $(output)/libdeberta.a $(libraries)/libdeberta.a
	install -m 644 include/deberta.h $(headers)/deberta.h
	for header in $(cpp_headers); do install -D -m 644 bindings/cpp/include/$$header $(headers)/$$header || exit; done
	install -m 644 LICENSE $(documents)/LICENSE
	for package in deberta deberta-cpp; do \
	  sed -e 's|@pc_prefix@|$${pcfiledir}/$(to_prefix)|' \
	    -e 's|@pc_libdir@|$${prefix}/$(LIBDIR)|' \
	    -e 's|@pc_includedir@|$${prefix}/$(INCLUDEDIR)|' \
	    -e 's|@PROJECT_VERSION@|$(version)|' \
	    -e "s|@native_static_libraries@|$$(cat $(output)/native-static-libs)|" \
	    cmake/$$package.pc.in >$(libraries)/pkgconfig/$$package.pc || exit; \
	done

uninstall:
	rm -f $(libraries)/$(shared_file) $(libraries)/$(soname) $(libraries)/libdeberta.so $(libraries)/libdeberta.a
	rm -f $(libraries)/pkgconfig/deberta.pc $(libraries)/pkgconfig/deberta-cpp.pc $(documents)/LICENSE
	rm -f $(headers)/deberta.h $(addprefix $(headers)/,$(cpp_headers))
	-rmdir $(documents) $(libraries)/pkgconfig $(headers)/deberta/detail $(headers)/deberta 2>/dev/null
