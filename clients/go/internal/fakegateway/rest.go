package fakegateway

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
)

// RESTHooks make REST answers differ from what an honest gateway gives.
type RESTHooks struct {
	// Body is what is sent. Default: a small JSON answer.
	Body []byte
	// ContentType of the answer. Default application/json.
	ContentType string
	// Signed is what the signature covers. Default: what is sent.
	Signed []byte
	// Text replaces the signed text.
	Text func(request, response string) string
	// HasNoReceipt leaves the receipt id out, so that the response id has to be found in the body.
	HasNoReceipt bool
	// Tamper changes the answer of a signature lookup.
	Tamper func(answer map[string]string)
	// Status of the answer. Default 200.
	Status int
	// Location makes the answer a redirect.
	Location string
	// BreakAfter closes the connection after so many bytes. Default: it does not.
	BreakAfter int
	// Flush sends every byte of the body by itself.
	Flush bool
}

// JSONAnswer is the default answer of REST calls.
const JSONAnswer = `{"id":"chatcmpl-rest","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"hello ✓"}}]}`

func (g *Gateway) routeREST(mux *http.ServeMux) {
	mux.HandleFunc("POST /v1/chat/completions", g.answerREST)
	mux.HandleFunc("GET /v1/models", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"data":[]}`) })
	mux.HandleFunc("POST /v1/files", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{}`) })
	mux.HandleFunc("GET /v1/signature/{id}", g.answerSignature)
}

func (g *Gateway) answerREST(w http.ResponseWriter, r *http.Request) {
	request, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	hooks := g.REST
	body := hooks.Body
	if body == nil {
		body = []byte(JSONAnswer)
	}
	signed := hooks.Signed
	if signed == nil {
		signed = body
	}
	requestDigest, responseDigest := sha256.Sum256(request), sha256.Sum256(signed)
	text := Model + ":" + hex.EncodeToString(requestDigest[:]) + ":" + hex.EncodeToString(responseDigest[:])
	if hooks.Text != nil {
		text = hooks.Text(hex.EncodeToString(requestDigest[:]), hex.EncodeToString(responseDigest[:]))
	}
	g.store(g.Response, text, complete, "chatcmpl-rest", "rcpt_rest")
	if !hooks.HasNoReceipt {
		w.Header().Set("X-Receipt-Id", "rcpt_rest")
	}
	w.Header().Set("Content-Type", "application/json")
	if hooks.ContentType != "" {
		w.Header().Set("Content-Type", hooks.ContentType)
	}
	if hooks.Location != "" {
		w.Header().Set("Location", hooks.Location)
	}
	if hooks.Status != 0 {
		w.WriteHeader(hooks.Status)
	}
	if hooks.BreakAfter > 0 {
		_, _ = w.Write(body[:hooks.BreakAfter])
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
	for index := range body {
		if !hooks.Flush {
			_, _ = w.Write(body)
			return
		}
		_, _ = w.Write(body[index : index+1])
		_ = http.NewResponseController(w).Flush()
	}
}

func (g *Gateway) answerSignature(w http.ResponseWriter, r *http.Request) {
	stored, ok := g.lookUp(r.PathValue("id"))
	if !ok {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	algorithm := r.URL.Query().Get("signing_algo")
	answer := map[string]string{"text": stored.GetText(), "signing_algo": algorithm}
	if algorithm == "ecdsa" {
		answer["signature"] = "0x" + hex.EncodeToString(stored.GetEcdsa().GetValue())
		answer["signing_address"] = stored.GetEcdsaAddress()
	} else {
		answer["signature"] = hex.EncodeToString(stored.GetEd25519().GetValue())
		answer["signing_address"] = hex.EncodeToString(stored.GetEd25519PublicKey())
	}
	if g.REST.Tamper != nil {
		g.REST.Tamper(answer)
	}
	_ = json.NewEncoder(w).Encode(answer)
}
