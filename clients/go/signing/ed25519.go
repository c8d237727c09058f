package signing

import (
	"crypto/ed25519"
	"math/big"
	"slices"
)

// IsEd25519PublicKey reports whether these bytes are the canonical encoding (RFC 8032, 5.1.3) of a point that is not of
// small order: a key somebody can own.
func IsEd25519PublicKey(publicKey []byte) bool {
	if len(publicKey) != ed25519.PublicKeySize {
		return false
	}
	bigEndian := slices.Clone(publicKey)
	slices.Reverse(bigEndian)
	bigEndian[0] &= 0x7f // the sign of x
	y := new(big.Int).SetBytes(bigEndian)
	if y.Cmp(fieldPrime) >= 0 || slices.ContainsFunc(smallOrderY, func(small *big.Int) bool { return small.Cmp(y) == 0 }) {
		return false
	}
	// On the curve -x² + y² = 1 + dx²y², x² = (y² - 1) / (dy² + 1). A quotient is a square exactly if the product is.
	// Public keys are public: nothing here needs constant time.
	ySquare := new(big.Int).Mul(y, y)
	numerator := new(big.Int).Sub(ySquare, big.NewInt(1))
	denominator := new(big.Int).Add(new(big.Int).Mul(curveD, ySquare), big.NewInt(1))
	product := new(big.Int).Mul(numerator, denominator)
	return big.Jacobi(product.Mod(product, fieldPrime), fieldPrime) == 1
}

// VerifyEd25519 reports whether signature is the key owner's pure Ed25519 signature over the UTF-8 bytes of text
// (RFC 8032, 5.1.7).
//
// Strict: S below the group order, canonical encodings of R and of the key, and no key of small order, for which one
// signature would fit many texts.
func VerifyEd25519(signature []byte, text string, publicKey []byte) bool {
	return len(signature) == ed25519.SignatureSize &&
		IsEd25519PublicKey(publicKey) &&
		ed25519.Verify(publicKey, []byte(text), signature)
}

var (
	// p = 2^255 - 19
	fieldPrime = new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 255), big.NewInt(19))
	// d = -121665/121666 (RFC 8032, 5.1)
	curveD = func() *big.Int {
		d := new(big.Int).ModInverse(big.NewInt(121666), fieldPrime)
		return d.Mul(d, big.NewInt(-121665)).Mod(d, fieldPrime)
	}()
	// The y coordinates of the eight points of small order: (0, 1), (0, -1), the two of order 4 with y = 0, and the four
	// of order 8, which share the y below and its negation.
	smallOrderY = func() []*big.Int {
		order8, _ := new(big.Int).SetString("05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826", 16)
		return []*big.Int{
			big.NewInt(1),
			new(big.Int).Sub(fieldPrime, big.NewInt(1)),
			big.NewInt(0),
			order8,
			new(big.Int).Sub(fieldPrime, order8),
		}
	}()
)
