package transcript

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"strconv"

	transcriptv1 "countersign.dev/countersign/gen/go/countersign/transcript/v1"
)

// StatusName returns the name of a status in signed texts. ok is false for UNSPECIFIED and for every value this version
// does not know: a client refuses those.
func StatusName(status transcriptv1.SealStatus) (name string, ok bool) {
	switch status {
	case transcriptv1.SealStatus_SEAL_STATUS_COMPLETE:
		return "complete", true
	case transcriptv1.SealStatus_SEAL_STATUS_UPSTREAM_FAILED:
		return "upstream_failed", true
	case transcriptv1.SealStatus_SEAL_STATUS_CANCELLED:
		return "cancelled", true
	default:
		return "", false
	}
}

// CheckpointText returns the signed text of a checkpoint after chunk i: `countersign.checkpoint.v1:<hex q>:<i>:<hex h_i>`.
func CheckpointText(q Digest, i uint64, h Digest) string {
	return fmt.Sprintf("countersign.checkpoint.v1:%x:%d:%x", q, i, h)
}

// SealText returns the signed text of a seal:
// `countersign.stream.v1:<status>:<hex q>:<n>:<hex h_n>:<hex SHA-256(metadata)>`, metadata being exactly the bytes that
// travel.
func SealText(statusName string, q Digest, n uint64, h Digest, metadata []byte) string {
	return fmt.Sprintf("%s:%s:%x:%d:%x:%x", Version, statusName, q, n, h, sha256.Sum256(metadata))
}

// ParsedSealText is the text of a seal, taken apart.
type ParsedSealText struct {
	// StatusName is `complete`, `upstream_failed` or `cancelled`.
	StatusName string
	// ChunkCount is n.
	ChunkCount uint64
	// RequestDigest, FinalHash and MetadataDigest are q, h_n and SHA-256(metadata).
	RequestDigest, FinalHash, MetadataDigest Digest
}

var sealText = regexp.MustCompile(`\Acountersign\.stream\.v1:(complete|upstream_failed|cancelled):` +
	`([0-9a-f]{64}):(0|[1-9][0-9]{0,19}):([0-9a-f]{64}):([0-9a-f]{64})\z`)

// ParseSealText reads the signed text of a seal. ok is false if it is none. Whoever holds the exchange itself rebuilds the
// text with [SealText] and compares instead.
func ParseSealText(text string) (parsed ParsedSealText, ok bool) {
	parts := sealText.FindStringSubmatch(text)
	if parts == nil {
		return ParsedSealText{}, false
	}
	count, err := strconv.ParseUint(parts[3], 10, 64)
	if err != nil {
		return ParsedSealText{}, false
	}
	parsed = ParsedSealText{StatusName: parts[1], ChunkCount: count}
	digests := []*Digest{&parsed.RequestDigest, &parsed.FinalHash, &parsed.MetadataDigest}
	for index, part := range []string{parts[2], parts[4], parts[5]} {
		if _, err := hex.Decode(digests[index][:], []byte(part)); err != nil {
			return ParsedSealText{}, false
		}
	}
	return parsed, true
}
