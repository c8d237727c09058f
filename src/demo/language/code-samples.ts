/** A task that people give a model to see it write code, solved in a few languages. */
export interface CodeTask {
  readonly pattern: RegExp;
  /** What the code does, after "a function that". */
  readonly summary: string;
  readonly samples: Readonly<Partial<Record<CodeLanguage, string>>>;
}

export const CODE_LANGUAGES = ["python", "javascript", "typescript", "go", "rust", "bash"] as const;
export type CodeLanguage = (typeof CODE_LANGUAGES)[number];

export const CODE_TASKS: readonly CodeTask[] = [
  {
    pattern: /hello,? world/i,
    summary: "greets the world",
    samples: {
      python: 'print("Hello, world!")',
      javascript: 'console.log("Hello, world!");',
      typescript: 'const greeting: string = "Hello, world!";\nconsole.log(greeting);',
      go: 'package main\n\nimport "fmt"\n\nfunc main() {\n\tfmt.Println("Hello, world!")\n}',
      rust: 'fn main() {\n    println!("Hello, world!");\n}',
      bash: '#!/usr/bin/env bash\necho "Hello, world!"',
    },
  },
  {
    pattern: /fibonacci/i,
    summary: "returns the first Fibonacci numbers",
    samples: {
      python:
        "def fibonacci(count):\n    numbers = []\n    a, b = 0, 1\n    for _ in range(count):\n        numbers.append(a)\n        a, b = b, a + b\n    return numbers\n\nprint(fibonacci(10))",
      javascript:
        "function fibonacci(count) {\n  const numbers = [];\n  let [a, b] = [0, 1];\n  for (let i = 0; i < count; i += 1) {\n    numbers.push(a);\n    [a, b] = [b, a + b];\n  }\n  return numbers;\n}\n\nconsole.log(fibonacci(10));",
      typescript:
        "function fibonacci(count: number): number[] {\n  const numbers: number[] = [];\n  let [a, b] = [0, 1];\n  for (let i = 0; i < count; i += 1) {\n    numbers.push(a);\n    [a, b] = [b, a + b];\n  }\n  return numbers;\n}\n\nconsole.log(fibonacci(10));",
      go: 'package main\n\nimport "fmt"\n\nfunc fibonacci(count int) []int {\n\tnumbers := make([]int, 0, count)\n\ta, b := 0, 1\n\tfor i := 0; i < count; i++ {\n\t\tnumbers = append(numbers, a)\n\t\ta, b = b, a+b\n\t}\n\treturn numbers\n}\n\nfunc main() {\n\tfmt.Println(fibonacci(10))\n}',
      rust: 'fn fibonacci(count: usize) -> Vec<u64> {\n    let mut numbers = Vec::with_capacity(count);\n    let (mut a, mut b) = (0, 1);\n    for _ in 0..count {\n        numbers.push(a);\n        (a, b) = (b, a + b);\n    }\n    numbers\n}\n\nfn main() {\n    println!("{:?}", fibonacci(10));\n}',
    },
  },
  {
    pattern: /factorial/i,
    summary: "computes a factorial",
    samples: {
      python:
        "def factorial(n):\n    result = 1\n    for factor in range(2, n + 1):\n        result *= factor\n    return result\n\nprint(factorial(5))  # 120",
      javascript:
        "function factorial(n) {\n  let result = 1;\n  for (let factor = 2; factor <= n; factor += 1) result *= factor;\n  return result;\n}\n\nconsole.log(factorial(5)); // 120",
      typescript:
        "function factorial(n: number): number {\n  let result = 1;\n  for (let factor = 2; factor <= n; factor += 1) result *= factor;\n  return result;\n}\n\nconsole.log(factorial(5)); // 120",
      go: 'package main\n\nimport "fmt"\n\nfunc factorial(n int) int {\n\tresult := 1\n\tfor factor := 2; factor <= n; factor++ {\n\t\tresult *= factor\n\t}\n\treturn result\n}\n\nfunc main() {\n\tfmt.Println(factorial(5)) // 120\n}',
      rust: 'fn factorial(n: u64) -> u64 {\n    (2..=n).product()\n}\n\nfn main() {\n    println!("{}", factorial(5)); // 120\n}',
    },
  },
  {
    pattern: /revers|palindrome/i,
    summary: "reverses a string and checks whether it reads the same both ways",
    samples: {
      python:
        'def reverse(text):\n    return text[::-1]\n\ndef is_palindrome(text):\n    letters = [c.lower() for c in text if c.isalnum()]\n    return letters == letters[::-1]\n\nprint(reverse("stream"), is_palindrome("Never odd or even"))',
      javascript:
        'const reverse = (text) => [...text].reverse().join("");\n\nfunction isPalindrome(text) {\n  const letters = text.toLowerCase().replace(/[^\\p{L}\\p{N}]/gu, "");\n  return letters === reverse(letters);\n}\n\nconsole.log(reverse("stream"), isPalindrome("Never odd or even"));',
      typescript:
        'const reverse = (text: string): string => [...text].reverse().join("");\n\nfunction isPalindrome(text: string): boolean {\n  const letters = text.toLowerCase().replace(/[^\\p{L}\\p{N}]/gu, "");\n  return letters === reverse(letters);\n}\n\nconsole.log(reverse("stream"), isPalindrome("Never odd or even"));',
      rust: 'fn reverse(text: &str) -> String {\n    text.chars().rev().collect()\n}\n\nfn main() {\n    println!("{}", reverse("stream"));\n}',
    },
  },
  {
    pattern: /\bprimes?\b/i,
    summary: "finds the prime numbers up to a limit",
    samples: {
      python:
        "def primes(limit):\n    sieve = [True] * (limit + 1)\n    found = []\n    for n in range(2, limit + 1):\n        if sieve[n]:\n            found.append(n)\n            for multiple in range(n * n, limit + 1, n):\n                sieve[multiple] = False\n    return found\n\nprint(primes(50))",
      javascript:
        "function primes(limit) {\n  const composite = new Set();\n  const found = [];\n  for (let n = 2; n <= limit; n += 1) {\n    if (composite.has(n)) continue;\n    found.push(n);\n    for (let multiple = n * n; multiple <= limit; multiple += n) composite.add(multiple);\n  }\n  return found;\n}\n\nconsole.log(primes(50));",
    },
  },
  {
    pattern: /\bsort|search\b/i,
    summary: "sorts numbers and looks one up by binary search",
    samples: {
      python:
        "def binary_search(numbers, wanted):\n    low, high = 0, len(numbers) - 1\n    while low <= high:\n        middle = (low + high) // 2\n        if numbers[middle] == wanted:\n            return middle\n        if numbers[middle] < wanted:\n            low = middle + 1\n        else:\n            high = middle - 1\n    return -1\n\nnumbers = sorted([31, 4, 15, 92, 65])\nprint(numbers, binary_search(numbers, 65))",
      javascript:
        "function binarySearch(numbers, wanted) {\n  let [low, high] = [0, numbers.length - 1];\n  while (low <= high) {\n    const middle = (low + high) >> 1;\n    if (numbers[middle] === wanted) return middle;\n    if (numbers[middle] < wanted) low = middle + 1;\n    else high = middle - 1;\n  }\n  return -1;\n}\n\nconst numbers = [31, 4, 15, 92, 65].sort((a, b) => a - b);\nconsole.log(numbers, binarySearch(numbers, 65));",
    },
  },
  {
    pattern: /\b(?:openai|api|fetch|http|request|stream(?:ing)?|curl)\b/i,
    summary: "asks a chat endpoint and prints the answer as it streams",
    samples: {
      python:
        'from openai import OpenAI\n\nclient = OpenAI(base_url="http://127.0.0.1:8000/v1", api_key="token")\nstream = client.chat.completions.create(\n    model="demo",\n    messages=[{"role": "user", "content": "Tell me about the sea"}],\n    stream=True,\n)\nfor chunk in stream:\n    if chunk.choices:\n        print(chunk.choices[0].delta.content or "", end="", flush=True)',
      javascript:
        'import OpenAI from "openai";\n\nconst client = new OpenAI({ baseURL: "http://127.0.0.1:8000/v1", apiKey: "token" });\nconst stream = await client.chat.completions.create({\n  model: "demo",\n  messages: [{ role: "user", content: "Tell me about the sea" }],\n  stream: true,\n});\nfor await (const chunk of stream) {\n  process.stdout.write(chunk.choices[0]?.delta.content ?? "");\n}',
      bash: 'curl -N http://127.0.0.1:8000/v1/chat/completions \\\n  -H "content-type: application/json" \\\n  -d \'{"model":"demo","stream":true,"messages":[{"role":"user","content":"Tell me about the sea"}]}\'',
    },
  },
];

/** What is written for any other task: counting words, which every language can do in a few lines. */
export const FALLBACK_TASK: CodeTask = {
  pattern: /(?:)/,
  summary: "counts the words of a text",
  samples: {
    python:
      'from collections import Counter\n\ndef count_words(text):\n    return Counter(text.lower().split())\n\nprint(count_words("the tide and the time").most_common(2))',
    javascript:
      'function countWords(text) {\n  const counts = new Map();\n  for (const word of text.toLowerCase().split(/\\s+/)) {\n    counts.set(word, (counts.get(word) ?? 0) + 1);\n  }\n  return counts;\n}\n\nconsole.log(countWords("the tide and the time"));',
    typescript:
      'function countWords(text: string): Map<string, number> {\n  const counts = new Map<string, number>();\n  for (const word of text.toLowerCase().split(/\\s+/)) {\n    counts.set(word, (counts.get(word) ?? 0) + 1);\n  }\n  return counts;\n}\n\nconsole.log(countWords("the tide and the time"));',
    go: 'package main\n\nimport (\n\t"fmt"\n\t"strings"\n)\n\nfunc countWords(text string) map[string]int {\n\tcounts := map[string]int{}\n\tfor _, word := range strings.Fields(strings.ToLower(text)) {\n\t\tcounts[word]++\n\t}\n\treturn counts\n}\n\nfunc main() {\n\tfmt.Println(countWords("the tide and the time"))\n}',
    rust: 'use std::collections::HashMap;\n\nfn count_words(text: &str) -> HashMap<String, usize> {\n    let mut counts = HashMap::new();\n    for word in text.to_lowercase().split_whitespace() {\n        *counts.entry(word.to_string()).or_insert(0) += 1;\n    }\n    counts\n}\n\nfn main() {\n    println!("{:?}", count_words("the tide and the time"));\n}',
    bash: "tr -s '[:space:]' '\\n' < text.txt | tr '[:upper:]' '[:lower:]' | sort | uniq -c | sort -rn | head",
  },
};
