# Has the command line, which is Rust, encode every golden case on every instruction set of this machine, for
# golden_list.c to compare with: OUTPUT/<instruction set>/<checkpoint>.<case>.
#
#   cmake -DDEBERTA_COMMAND=<program> -DGOLDENS=<folder> -DOUTPUT=<folder> -P rust_bits.cmake
cmake_minimum_required(VERSION 3.20)

# It would override --isa.
unset(ENV{DEBERTA_ISA})

function(deberta)
  execute_process(COMMAND ${DEBERTA_COMMAND} ${ARGV} OUTPUT_VARIABLE output ERROR_VARIABLE messages RESULT_VARIABLE code)
  if(NOT code EQUAL 0)
    list(JOIN ARGV " " arguments)
    message(FATAL_ERROR "deberta ${arguments} ended with ${code}: ${messages}")
  endif()
  set(output "${output}" PARENT_SCOPE)
endfunction()

file(READ ${GOLDENS}/cases.json cases)
string(JSON count LENGTH "${cases}")
math(EXPR last "${count} - 1")

deberta(info --json)
string(JSON instruction_sets GET "${output}" available_instruction_sets)
string(JSON sets LENGTH "${instruction_sets}")
math(EXPR last_set "${sets} - 1")

file(REMOVE_RECURSE ${OUTPUT})
foreach(set RANGE ${last_set})
  string(JSON isa GET "${instruction_sets}" ${set})
  file(MAKE_DIRECTORY ${OUTPUT}/${isa})
  foreach(index RANGE ${last})
    string(JSON checkpoint GET "${cases}" ${index} checkpoint)
    string(JSON case GET "${cases}" ${index} case)
    string(JSON prefix_type TYPE "${cases}" ${index} tensor_prefix)
    set(prefix)
    if(prefix_type STREQUAL STRING)
      string(JSON prefix GET "${cases}" ${index} tensor_prefix)
      set(prefix --tensor-prefix ${prefix})
    endif()
    deberta(
      encode --model ${GOLDENS}/${checkpoint} --isa ${isa} ${prefix} --all-layers --attentions
      --tensors ${GOLDENS}/${checkpoint}/${case} --output ${OUTPUT}/${isa}/${checkpoint}.${case})
  endforeach()
endforeach()
math(EXPR files "${count} * ${sets}")
message(STATUS "${files} files by the command line: ${count} cases on ${sets} instruction sets")
