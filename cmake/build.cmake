# Has cargo build the library, and defines the targets deberta::deberta, deberta::static and deberta::cpp of the build tree.

if(DEBERTA_CARGO_PROFILE MATCHES "^(dev|test)$")
  set(cargo_output "${DEBERTA_CARGO_TARGET_DIR}/debug")
elseif(DEBERTA_CARGO_PROFILE STREQUAL "bench")
  set(cargo_output "${DEBERTA_CARGO_TARGET_DIR}/release")
else()
  set(cargo_output "${DEBERTA_CARGO_TARGET_DIR}/${DEBERTA_CARGO_PROFILE}")
endif()

# Programs look for the soname, so the shared library gets its names before it is installed.
set(library_folder "${CMAKE_CURRENT_BINARY_DIR}/lib")
set(soname libdeberta.so.${abi_version})
set(shared_file libdeberta.so.${PROJECT_VERSION})

set(byproducts "${cargo_output}/libdeberta.a")
set(name_shared_library)
if(DEBERTA_SHARED)
  list(APPEND byproducts "${library_folder}/${shared_file}")
  set(name_shared_library
    COMMAND "${CMAKE_COMMAND}" -E make_directory "${library_folder}"
    COMMAND "${CMAKE_COMMAND}" -E copy_if_different "${cargo_output}/libdeberta.so" "${library_folder}/${shared_file}"
    COMMAND "${CMAKE_COMMAND}" -E create_symlink ${shared_file} "${library_folder}/${soname}"
    COMMAND "${CMAKE_COMMAND}" -E create_symlink ${soname} "${library_folder}/libdeberta.so")
endif()

# As a part of another project that does not install it, the library is built only when something links it.
set(build_by_default)
if(DEBERTA_INSTALL)
  set(build_by_default ALL)
endif()
# Whether anything changed is for cargo to find out, so this always runs.
add_custom_target(deberta_cargo ${build_by_default}
  COMMAND "${DEBERTA_CARGO}" build --package deberta --lib --locked
    --profile "${DEBERTA_CARGO_PROFILE}" --target-dir "${DEBERTA_CARGO_TARGET_DIR}"
  ${name_shared_library}
  BYPRODUCTS ${byproducts}
  WORKING_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}"
  COMMENT "Building libdeberta with cargo, profile ${DEBERTA_CARGO_PROFILE}"
  USES_TERMINAL VERBATIM)

# What the static library needs of the system is what Rust's standard library needs: no dependency adds to it.
file(WRITE "${CMAKE_CURRENT_BINARY_DIR}/empty.rs" "")
execute_process(
  COMMAND "${DEBERTA_RUSTC}" --crate-type staticlib --print native-static-libs -o "${CMAKE_CURRENT_BINARY_DIR}/empty.a"
    "${CMAKE_CURRENT_BINARY_DIR}/empty.rs"
  ERROR_VARIABLE rustc_messages COMMAND_ERROR_IS_FATAL ANY)
file(REMOVE "${CMAKE_CURRENT_BINARY_DIR}/empty.a")
if(NOT rustc_messages MATCHES "native-static-libs: ([^\n]+)")
  message(FATAL_ERROR "rustc does not say what a static library needs to be linked with:\n${rustc_messages}")
endif()
set(native_static_libraries "${CMAKE_MATCH_1}")
separate_arguments(native_static_library_list UNIX_COMMAND "${native_static_libraries}")

if(DEBERTA_SHARED)
  add_library(deberta::deberta SHARED IMPORTED GLOBAL)
  set_target_properties(deberta::deberta PROPERTIES
    IMPORTED_LOCATION "${library_folder}/${shared_file}"
    IMPORTED_SONAME ${soname}
    INTERFACE_INCLUDE_DIRECTORIES "${CMAKE_CURRENT_SOURCE_DIR}/include")
  add_dependencies(deberta::deberta deberta_cargo)
endif()
if(DEBERTA_STATIC)
  add_library(deberta::static STATIC IMPORTED GLOBAL)
  set_target_properties(deberta::static PROPERTIES
    IMPORTED_LOCATION "${cargo_output}/libdeberta.a"
    INTERFACE_LINK_LIBRARIES "${native_static_library_list}"
    INTERFACE_INCLUDE_DIRECTORIES "${CMAKE_CURRENT_SOURCE_DIR}/include")
  add_dependencies(deberta::static deberta_cargo)
endif()

# Headers alone: a program also links one of the libraries.
add_library(deberta::cpp INTERFACE IMPORTED GLOBAL)
set_target_properties(deberta::cpp PROPERTIES
  INTERFACE_INCLUDE_DIRECTORIES "${CMAKE_CURRENT_SOURCE_DIR}/bindings/cpp/include;${CMAKE_CURRENT_SOURCE_DIR}/include"
  INTERFACE_COMPILE_FEATURES cxx_std_17)
