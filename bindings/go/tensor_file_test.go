package deberta_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"math"
	"os"
	"testing"
)

// tensor is an entry of a safetensors file.
type tensor struct {
	DType       string `json:"dtype"`
	Shape       []int  `json:"shape"`
	DataOffsets [2]int `json:"data_offsets"`
	bytes       []byte
}

type tensorFile map[string]tensor

func readTensors(t testing.TB, path string) tensorFile {
	t.Helper()
	file := must(os.ReadFile(path))(t)
	length := 8 + binary.LittleEndian.Uint64(file)
	var header map[string]json.RawMessage
	if err := json.Unmarshal(file[8:length], &header); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	tensors := make(tensorFile)
	for name, entry := range header {
		if name == "__metadata__" {
			continue
		}
		var found tensor
		if err := json.Unmarshal(entry, &found); err != nil {
			t.Fatalf("%s: %s: %v", path, name, err)
		}
		found.bytes = file[length:][found.DataOffsets[0]:found.DataOffsets[1]]
		tensors[name] = found
	}
	return tensors
}

func writeTensors(t testing.TB, path string, tensors tensorFile) {
	t.Helper()
	header := make(map[string]tensor)
	var data bytes.Buffer
	for name, tensor := range tensors {
		tensor.DataOffsets = [2]int{data.Len(), data.Len() + len(tensor.bytes)}
		data.Write(tensor.bytes)
		header[name] = tensor
	}
	text := must(json.Marshal(header))(t)
	file := binary.LittleEndian.AppendUint64(nil, uint64(len(text)))
	file = append(append(file, text...), data.Bytes()...)
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
}

// integers is nil if there is no such tensor.
func (f tensorFile) integers(name string) []int64 {
	var values []int64
	for bytes := f[name].bytes; len(bytes) > 0; bytes = bytes[8:] {
		values = append(values, int64(binary.LittleEndian.Uint64(bytes)))
	}
	return values
}

func (f tensorFile) float32s(name string) []float32 {
	values := make([]float32, 0, len(f[name].bytes)/4)
	for bytes := f[name].bytes; len(bytes) > 0; bytes = bytes[4:] {
		values = append(values, math.Float32frombits(binary.LittleEndian.Uint32(bytes)))
	}
	return values
}

func (f tensorFile) float64s(name string) []float64 {
	values := make([]float64, 0, len(f[name].bytes)/8)
	for bytes := f[name].bytes; len(bytes) > 0; bytes = bytes[8:] {
		values = append(values, math.Float64frombits(binary.LittleEndian.Uint64(bytes)))
	}
	return values
}
