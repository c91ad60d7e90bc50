package dotnet

import (
	"encoding/binary"
	"errors"
)

// errNative is of a file that holds no managed code.
var errNative = errors.New("is not a .NET assembly")

// errBroken is of a file whose parts do not lie where its headers say.
var errBroken = errors.New("is broken as a .NET assembly")

// image is a PE file: its bytes and where they are loaded (ECMA-335 II.25).
type image struct {
	data     []byte
	sections []section
}

type section struct{ address, size, offset uint32 }

func u16(b []byte, at uint32) uint32 {
	if uint64(at)+2 > uint64(len(b)) {
		return 0
	}
	return uint32(binary.LittleEndian.Uint16(b[at:]))
}

func u32(b []byte, at uint32) uint32 {
	if uint64(at)+4 > uint64(len(b)) {
		return 0
	}
	return binary.LittleEndian.Uint32(b[at:])
}

// openImage finds the sections and the metadata of a PE file.
func openImage(data []byte) (*image, []byte, error) {
	pe := u32(data, 0x3c)
	if len(data) < 0x40 || u16(data, 0) != 'M'|'Z'<<8 || u32(data, pe) != 'P'|'E'<<8 {
		return nil, nil, errNative
	}
	count, optional := u16(data, pe+6), u16(data, pe+20)
	directories := pe + 24 + 96
	switch u16(data, pe+24) {
	case 0x10b:
	case 0x20b:
		directories += 16
	default:
		return nil, nil, errBroken
	}
	im := &image{data: data}
	for i := range min(count, 96) {
		at := pe + 24 + optional + i*40
		im.sections = append(im.sections, section{address: u32(data, at+12), size: u32(data, at+16), offset: u32(data, at+20)})
	}
	const cli = 14
	if u32(data, directories-4) <= cli {
		return nil, nil, errNative
	}
	address, size := u32(data, directories+cli*8), u32(data, directories+cli*8+4)
	if address == 0 || size < 16 {
		return nil, nil, errNative
	}
	header := im.at(address)
	metadata := im.at(u32(header, 8))
	if n := u32(header, 12); uint64(n) <= uint64(len(metadata)) {
		metadata = metadata[:n]
	}
	if len(metadata) < 20 {
		return nil, nil, errBroken
	}
	return im, metadata, nil
}

// at returns the bytes from a relative virtual address to the end of its section; nil where it lies in none.
func (im *image) at(address uint32) []byte {
	for _, s := range im.sections {
		if address >= s.address && address-s.address < s.size {
			from := uint64(s.offset) + uint64(address-s.address)
			to := min(uint64(s.offset)+uint64(s.size), uint64(len(im.data)))
			if from < to {
				return im.data[from:to]
			}
		}
	}
	return nil
}
