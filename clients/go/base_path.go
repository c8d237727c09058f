package countersign

import "strings"

// trimBasePath takes off what OpenAI clients carry in their base URL and RPCs do not: `/v1` and trailing slashes.
func trimBasePath(path string) string {
	path = strings.TrimRight(path, "/")
	path = strings.TrimSuffix(path, "/v1")
	return strings.TrimRight(path, "/")
}
