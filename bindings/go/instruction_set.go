package deberta

import (
	"context"

	"github.com/libdeberta/libdeberta/bindings/go/internal/capi"
)

// InstructionSet is a family of machine instructions.
type InstructionSet int32

const (
	// InstructionSetAuto is the fastest there is. The default; never a result.
	InstructionSetAuto InstructionSet = 0
	// InstructionSetPortable is what every machine of the architecture has.
	InstructionSetPortable InstructionSet = 1
	// InstructionSetAVX2 is x86-64 with AVX2 and FMA.
	InstructionSetAVX2 InstructionSet = 2
	// InstructionSetAVX512 is x86-64 with AVX-512 F, BW, DQ and VL.
	InstructionSetAVX512 InstructionSet = 3
	// InstructionSetNEON is AArch64 with NEON.
	InstructionSetNEON InstructionSet = 4
	// InstructionSetAVX512VNNI is AVX-512 with VNNI.
	InstructionSetAVX512VNNI InstructionSet = 5
	// InstructionSetAVX512BF16 is AVX-512 with VNNI and BF16.
	InstructionSetAVX512BF16 InstructionSet = 6
	// InstructionSetNEONDotprod is NEON with dot products of bytes.
	InstructionSetNEONDotprod InstructionSet = 7
	// InstructionSetNEONBF16 is NEON with dot products of bytes and of bfloat16.
	InstructionSetNEONBF16 InstructionSet = 8
	// InstructionSetAMX is AVX-512 with AMX tiles of bfloat16 and bytes.
	InstructionSetAMX InstructionSet = 9
)

// String returns the name, as "avx2"; empty for an unknown one.
func (s InstructionSet) String() string { return capi.InstructionSetName(int32(s)) }

// InstructionSets returns those that this machine has.
func InstructionSets() ([]InstructionSet, error) {
	if err := capi.CheckABI(); err != nil {
		return nil, failure(context.Background(), err)
	}
	found, err := capi.InstructionSets()
	if err != nil {
		return nil, failure(context.Background(), err)
	}
	sets := make([]InstructionSet, len(found))
	for index, set := range found {
		sets[index] = InstructionSet(set)
	}
	return sets, nil
}

// Version returns the version of the library in use, as "0.1.0".
func Version() string { return capi.Version() }
