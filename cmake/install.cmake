# What `cmake --install` puts where. Nothing that is installed names the folder it was built or installed in, as long as
# the GNUInstallDirs are relative.

include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

if(DEBERTA_SHARED)
  install(PROGRAMS "${library_folder}/${shared_file}" DESTINATION "${CMAKE_INSTALL_LIBDIR}")
  install(FILES "${library_folder}/${soname}" "${library_folder}/libdeberta.so" DESTINATION "${CMAKE_INSTALL_LIBDIR}")
endif()
if(DEBERTA_STATIC)
  install(FILES "${cargo_output}/libdeberta.a" DESTINATION "${CMAKE_INSTALL_LIBDIR}")
endif()
install(FILES include/deberta.h DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
install(DIRECTORY bindings/cpp/include/ DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
install(FILES LICENSE DESTINATION "${CMAKE_INSTALL_DOCDIR}")

# `cmake --install --strip` only knows libraries that CMake itself linked. Most of the static library is what link-time
# optimization has left, bitcode that no linker for C reads.
install(CODE "
  if(CMAKE_INSTALL_DO_STRIP)
    get_filename_component(folder \"${CMAKE_INSTALL_LIBDIR}\" ABSOLUTE BASE_DIR \"\${CMAKE_INSTALL_PREFIX}\")
    set(folder \"\$ENV{DESTDIR}\${folder}\")
    if(EXISTS \"\${folder}/${shared_file}\")
      execute_process(
        COMMAND \"${CMAKE_STRIP}\" --strip-unneeded \"\${folder}/${shared_file}\" COMMAND_ERROR_IS_FATAL ANY)
    endif()
    if(EXISTS \"\${folder}/libdeberta.a\")
      execute_process(
        COMMAND \"${CMAKE_STRIP}\" --strip-debug --remove-section=.llvmbc --remove-section=.llvmcmd
                \"\${folder}/libdeberta.a\" COMMAND_ERROR_IS_FATAL ANY)
    endif()
  endif()")

set(package_folder "${CMAKE_INSTALL_LIBDIR}/cmake/deberta")
configure_package_config_file(cmake/deberta-config.cmake.in deberta-config.cmake
  INSTALL_DESTINATION "${package_folder}"
  PATH_VARS CMAKE_INSTALL_LIBDIR CMAKE_INSTALL_INCLUDEDIR
  NO_SET_AND_CHECK_MACRO NO_CHECK_REQUIRED_COMPONENTS_MACRO)
configure_file(cmake/deberta-targets.cmake.in deberta-targets.cmake @ONLY)
write_basic_package_version_file(deberta-config-version.cmake COMPATIBILITY SameMinorVersion)
install(
  FILES
    "${CMAKE_CURRENT_BINARY_DIR}/deberta-config.cmake"
    "${CMAKE_CURRENT_BINARY_DIR}/deberta-config-version.cmake"
    "${CMAKE_CURRENT_BINARY_DIR}/deberta-targets.cmake"
  DESTINATION "${package_folder}")

if(IS_ABSOLUTE "${CMAKE_INSTALL_LIBDIR}")
  set(pc_prefix "${CMAKE_INSTALL_PREFIX}")
  set(pc_libdir "${CMAKE_INSTALL_LIBDIR}")
else()
  file(RELATIVE_PATH to_prefix "/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/")
  string(REGEX REPLACE "/$" "" to_prefix "${to_prefix}")
  set(pc_prefix "\${pcfiledir}/${to_prefix}")
  set(pc_libdir "\${prefix}/${CMAKE_INSTALL_LIBDIR}")
endif()
if(IS_ABSOLUTE "${CMAKE_INSTALL_INCLUDEDIR}")
  set(pc_includedir "${CMAKE_INSTALL_INCLUDEDIR}")
else()
  set(pc_includedir "\${prefix}/${CMAKE_INSTALL_INCLUDEDIR}")
endif()
foreach(package deberta deberta-cpp)
  configure_file(cmake/${package}.pc.in ${package}.pc @ONLY)
  install(FILES "${CMAKE_CURRENT_BINARY_DIR}/${package}.pc" DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
endforeach()
