package report

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"math"
	"os"
	"time"
)

// Events writes an event file of TensorBoard: records of TensorFlow's format (length, its checksum, data, their checksum)
// that hold protocol buffers of the type tensorflow.Event. Each call writes one whole record.
type Events struct{ f *os.File }

// CreateEvents makes an event file for a session that starts after the given step. TensorBoard forgets what earlier files of
// the folder say about later steps: a killed session may have gone further than its last checkpoint.
func CreateEvents(path string, step uint64) (*Events, error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o644)
	if err != nil {
		return nil, err
	}
	e := &Events{f}
	err = e.event(0, appendBytes(nil, 3, []byte("brain.Event:2"))) // file_version
	if err == nil && step > 0 {
		const sessionLog, status, start = 7, 1, 1
		err = e.event(step+1, appendBytes(nil, sessionLog, appendUint(nil, status, start)))
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return e, nil
}

// Scalars writes numbers of a step.
func (e *Events) Scalars(step uint64, values []value) error {
	var summary []byte
	for _, v := range values {
		const tag, simpleValue = 1, 2
		b := appendBytes(nil, tag, []byte(v.name))
		b = binary.AppendUvarint(b, simpleValue<<3|5)
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(float32(v.v)))
		summary = appendBytes(summary, 1, b)
	}
	return e.event(step, appendBytes(nil, 5, summary))
}

// Image writes a picture, a PNG of w times h pixels, of a step.
func (e *Events) Image(step uint64, name string, png []byte, w, h int) error {
	const rgb = 3
	img := appendUint(nil, 1, uint64(h))
	img = appendUint(img, 2, uint64(w))
	img = appendUint(img, 3, rgb)
	img = appendBytes(img, 4, png)
	v := appendBytes(nil, 1, []byte(name))
	v = appendBytes(v, 4, img)
	return e.event(step, appendBytes(nil, 5, appendBytes(nil, 1, v)))
}

// Close closes the file.
func (e *Events) Close() error { return e.f.Close() }

// event writes a record: an Event with the time, the step and one more field.
func (e *Events) event(step uint64, field []byte) error {
	b := binary.AppendUvarint(nil, 1<<3|1) // wall_time, in seconds
	b = binary.LittleEndian.AppendUint64(b, math.Float64bits(float64(time.Now().UnixMicro())/1e6))
	b = appendUint(b, 2, step)
	b = append(b, field...)

	var rec bytes.Buffer
	head := binary.LittleEndian.AppendUint64(nil, uint64(len(b)))
	rec.Write(head)
	rec.Write(binary.LittleEndian.AppendUint32(nil, maskedCRC(head)))
	rec.Write(b)
	rec.Write(binary.LittleEndian.AppendUint32(nil, maskedCRC(b)))
	_, err := e.f.Write(rec.Bytes())
	return err
}

// appendUint appends a field of a protocol buffer that holds an integer.
func appendUint(b []byte, field, v uint64) []byte {
	return binary.AppendUvarint(binary.AppendUvarint(b, field<<3), v)
}

// appendBytes appends a field of a protocol buffer that holds bytes, a string or a message.
func appendBytes(b []byte, field uint64, v []byte) []byte {
	b = binary.AppendUvarint(b, field<<3|2)
	return append(binary.AppendUvarint(b, uint64(len(v))), v...)
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// maskedCRC is TensorFlow's checksum: CRC-32C, rotated and shifted so that the checksum of data with checksums is a good one.
func maskedCRC(b []byte) uint32 {
	c := crc32.Checksum(b, castagnoli)
	return (c>>15 | c<<17) + 0xa282ead8
}
