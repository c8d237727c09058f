package transcript_test

import (
	"strings"
	"testing"

	"countersign.dev/countersign/clients/go/transcript"
)

func TestParseSealText(t *testing.T) {
	t.Parallel()
	for _, vector := range load(t).Transcripts {
		parsed, ok := transcript.ParseSealText(vector.SignedText)
		if !ok || parsed.StatusName != vector.Status || parsed.ChunkCount != uint64(len(vector.Payloads)) {
			t.Errorf("%s: %+v", vector.Name, parsed)
		}
		same(t, "request digest", parsed.RequestDigest[:], vector.RequestDigest)
		metadata := transcript.RequestDigest(vector.Metadata) // the same hash
		same(t, "metadata digest", parsed.MetadataDigest[:], metadata[:])
	}
	text := load(t).Transcripts[2].SignedText
	for _, altered := range []string{
		"", text + "\n", " " + text, text + ":", strings.Replace(text, ":complete:", ":done:", 1),
		strings.Replace(text, ":3:", ":03:", 1), strings.Replace(text, ":3:", ":-3:", 1),
		strings.Replace(text, ":3:", ":99999999999999999999:", 1), strings.ToUpper(text), text[:len(text)-1],
	} {
		if parsed, ok := transcript.ParseSealText(altered); ok {
			t.Errorf("%q was read as %+v", altered, parsed)
		}
	}
}
