#!/usr/bin/env bash
# A new user, by curl alone: every call of the API with right and wrong input, each answered as documented.
#
#   make up                                # in another terminal
#   examples/new-user.sh                   # or: PAGE=http://localhost:9000 examples/new-user.sh
set -euo pipefail

page=${PAGE:-http://localhost:8080}
api=$page/api/v1
answer=$(mktemp -d)
trap 'rm -rf "$answer"' EXIT
asked=0
wrong=0

# expect STATUS[/CODE] METHOD PATH [JSON] [curl's options]: asks, and compares what comes back.
expect() {
  local wanted=$1 method=$2 path=$3 body=${4-}
  shift $(($# < 4 ? $# : 4))
  local data=()
  if [ -n "$body" ]; then data=(-H 'content-type: application/json' --data-binary "$body"); fi
  local status code got
  status=$(curl -s -o "$answer/body" -D "$answer/headers" -w '%{http_code}' -X "$method" \
    "${data[@]+"${data[@]}"}" "$@" "$api$path")
  code=$(sed -n 's/.*"code": "\([a-z-]*\)", "request_id".*/\1/p; s/.*"code":"\([a-z-]*\)","request_id".*/\1/p' "$answer/body")
  got=$status${code:+/$code}
  asked=$((asked + 1))
  if [ "$got" = "$wanted" ]; then
    printf '✓ %-30s %-6s %s\n' "$got" "$method" "${path:0:70}"
  else
    wrong=$((wrong + 1))
    printf '✗ %-30s %-6s %s: expected %s\n' "$got" "$method" "$path" "$wanted"
    head -c 400 "$answer/body"
    echo
  fi
}

field() { sed -n "s/.*\"$1\": \"\([^\"]*\)\".*/\1/p" "$answer/body" | head -n 1; }
as() { echo "authorization: Bearer $1"; }
log_in() { expect 201 POST /sessions "{\"email\": \"$1\", \"password\": \"$2\"}"; }

name=ada-$RANDOM$RANDOM
email=$name@example.com
password='correct horse'

echo "— register"
person() { printf '{"email": "%s", "password": "%s", "name": "%s"}' "$1" "${2-$password}" "${3-Ada}"; }
expect 422/invalid POST /users '{}'
expect 422/invalid POST /users "$(person nobody)"
expect 422/invalid POST /users "$(person "$email" short)"
expect 422/invalid POST /users "$(person "$email" "$password" ' ')"
expect 422/invalid POST /users "{\"email\": \"$email\", \"password\": \"$password\", \"name\": \"Ada\", \"locale\": \"fr\"}"
expect 422/invalid POST /users "{\"email\": \"$email\", \"password\": \"$password\", \"name\": \"Ada\", \"age\": 36}"
expect 422/invalid POST /users '[]'
expect 422/invalid POST /users "$(person "$email")" -H 'idempotency-key: not one'
expect 400/bad-json POST /users '{"email":'
expect 400/bad-json POST /users '{"email": "a@b.cd", "email": "c@d.ef"}'
expect 400/bad-query POST '/users?x=1' "$(person "$email")"
expect 415/unsupported-media-type POST /users '' -H 'content-type: text/plain' --data-binary 'hello'
head -c 70000 /dev/zero | tr '\0' x >"$answer/70k"
expect 413/too-large POST /users '' -H 'content-type: application/json' --data-binary "@$answer/70k"
head -c 10000000 /dev/zero | tr '\0' x >"$answer/10m"
expect 413/too-large POST /users '' -H 'content-type: application/json' --data-binary "@$answer/10m"
expect 403/not-allowed POST /users "$(person "$email")" -H 'origin: https://elsewhere.example'
expect 201 POST /users "$(person "$email")" -H "idempotency-key: $name"
id=$(field id)
expect 201 POST /users "$(person "$email")" -H "idempotency-key: $name"
expect 409/email-taken POST /users "$(person "$email" 'another one')" -H "idempotency-key: $name"
expect 422/idempotency-mismatch POST /users "$(person "$email" "$password" Eva)" -H "idempotency-key: $name"
expect 409/email-taken POST /users "$(person "$email")"
expect 409/email-taken POST /users "$(person "$(echo "$email" | tr a-z A-Z)")"
expect 409/email-taken POST /users "$(person "ａ${email#a}")"

echo "— log in"
expect 401/bad-credentials POST /sessions "{\"email\": \"$email\", \"password\": \"wrong\"}"
expect 401/bad-credentials POST /sessions "{\"email\": \"no address\", \"password\": \"$password\"}"
expect 422/invalid POST /sessions '{"email": 5}'
log_in " $(echo "$email" | tr a-z A-Z)" "$password"
token=$(field token)

echo "— tokens"
expect 401/not-signed-in GET /users/me
expect 401/not-signed-in GET /users/me '' -H "$(as "${token%?}")"
expect 401/not-signed-in GET /users/me '' -H "$(as "eyJhbGciOiJub25lIn0.$(echo "$token" | cut -d. -f2).")"
expect 401/not-signed-in GET /users/me '' -H "$(as nonsense)"
expect 401/not-signed-in GET /users/me '' -H 'authorization: Basic YTpi'
expect 200 GET /users/me '' -H "$(as "$token")"
expect 200 GET /users/me '' -H "cookie: __Host-session=$token"

echo "— one's own"
mine=(-H "$(as "$token")")
expect 200 PATCH /users/me '{"name": "Ada Lovelace"}' "${mine[@]}"
expect 200 PATCH /users/me '{"locale": "zh-CN"}' "${mine[@]}"
expect 422/invalid PATCH /users/me '{"name": ""}' "${mine[@]}"
expect 422/invalid PATCH /users/me '{"role": "admin"}' "${mine[@]}"
expect 403/not-allowed PATCH /users/me '{"name": "Eva"}' -H "cookie: __Host-session=$token"
expect 200 GET "/users/$id" '' "${mine[@]}"
expect 200 GET /users/me/history '' "${mine[@]}"
expect 404/not-found GET /users/usr_00000000-0000-0000-0000-000000000000 '' "${mine[@]}"
expect 404/not-found DELETE /users/nobody '' "${mine[@]}"
expect 403/not-allowed GET /users '' "${mine[@]}"
expect 403/not-allowed PUT /users/me/role '{"role": "admin"}' "${mine[@]}"
expect 403/not-allowed POST /users/me/restore '' "${mine[@]}"
expect 405/method-not-allowed PUT /users '{}' "${mine[@]}"
expect 404/not-found GET /nothing '' "${mine[@]}"

echo "— passwords"
change() { printf '{"current_password": "%s", "new_password": "%s"}' "$1" "$2"; }
expect 422/invalid PUT /users/me/password "$(change wrong 'battery staple')" "${mine[@]}"
expect 422/invalid PUT /users/me/password "$(change "$password" short)" "${mine[@]}"
expect 204 PUT /users/me/password "$(change "$password" 'battery staple')" "${mine[@]}" -H 'idempotency-key: change'
expect 204 PUT /users/me/password "$(change "$password" 'battery staple')" "${mine[@]}" -H 'idempotency-key: change'
expect 401/not-signed-in GET /users/me '' "${mine[@]}"
expect 422/invalid POST /password-links '{"email": "nobody"}'
expect 202 POST /password-links "{\"email\": \"$email\"}"
expect 202 POST /password-links "{\"email\": \"not-$email\"}"
expect 410/link-used PUT "/password-links/$id.a.made-up" '{"new_password": "battery horse"}'
log_in "$email" 'battery staple'
mine=(-H "$(as "$(field token)")")

echo "— as an administrator"
config=$(curl -s "$page/_local/config")
admin_email=$(sed -n 's/.*"admin": {"email": "\([^"]*\)".*/\1/p' <<<"$config")
admin_password=$(sed -n 's/.*"admin": {[^}]*"password": "\([^"]*\)".*/\1/p' <<<"$config")
log_in "$admin_email" "$admin_password"
admin=(-H "$(as "$(field token)")")
expect 200 GET '/users?limit=2' '' "${admin[@]}"
cursor=$(field next_cursor)
expect 200 GET "/users?limit=2&cursor=$cursor" '' "${admin[@]}"
expect 400/bad-cursor GET "/users?cursor=$cursor&state=deleted" '' "${admin[@]}"
expect 400/bad-cursor GET "/users?cursor=x$cursor" '' "${admin[@]}"
expect 400/bad-cursor GET '/users?cursor=nonsense' '' "${admin[@]}"
for query in limit=0 limit=101 limit=x state=all sort=age q=a\&sort=-registered_at page=2; do
  expect 400/bad-query GET "/users?$query" '' "${admin[@]}"
done
expect 200 GET "/users?q=$name" '' "${admin[@]}"
expect 200 GET '/users?sort=name&q=ADA' '' "${admin[@]}"
expect 200 GET '/users?sort=email' '' "${admin[@]}"
expect 200 PUT "/users/$id/role" '{"role": "admin"}' "${admin[@]}"
expect 200 PUT "/users/$id/role" '{"role": "user"}' "${admin[@]}"
expect 422/invalid PUT "/users/$id/role" '{"role": "king"}' "${admin[@]}"
expect 403/not-allowed PUT /users/me/role '{"role": "user"}' "${admin[@]}"
expect 403/not-allowed DELETE /users/me '' "${admin[@]}"
expect 409/not-deleted POST "/users/$id/restore" '' "${admin[@]}"
expect 204 DELETE "/users/$id" '' "${admin[@]}"
expect 204 DELETE "/users/$id" '' "${admin[@]}"
expect 200 GET "/users/$id" '' "${admin[@]}"
expect 401/not-signed-in GET /users/me '' "${mine[@]}"
expect 409/email-taken POST /users "$(person "$email")"
expect 200 POST "/users/$id/restore" '' "${admin[@]}"
expect 200 GET "/users/$id/history" '' "${admin[@]}"

echo "— slow down, leave"
for _ in 1 2 3 4 5; do expect 401/bad-credentials POST /sessions "{\"email\": \"$email\", \"password\": \"guess\"}"; done
expect 429/slow-down POST /sessions "{\"email\": \"$email\", \"password\": \"battery staple\"}"
sleep 1.2
log_in "$email" 'battery staple'
mine=(-H "$(as "$(field token)")")
expect 204 DELETE /sessions/current '' "${mine[@]}"
expect 401/not-signed-in DELETE /sessions/current ''
expect 204 DELETE /users/me '' "${mine[@]}"

echo "— anybody"
expect 200 GET /health/live
expect 200 GET /health/ready
expect 200 GET /openapi.json

echo
echo "$asked calls, $wrong not as documented"
[ "$wrong" = 0 ]
