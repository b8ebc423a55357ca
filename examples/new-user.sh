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
  local url=$api$path status code got
  case $path in http*) url=$path ;; esac
  status=$(curl -s -o "$answer/body" -D "$answer/headers" -w '%{http_code}' -X "$method" \
    "${data[@]+"${data[@]}"}" "$@" "$url")
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

# What only this machine tells: the deployment's secret, by the emulator's own address.
config=$(curl -s "$page/_local/config")
told() { sed -n "s/.*\"$1\": *\"\([^\"]*\)\".*/\1/p" <<<"$config"; }
table=$(sed -n 's/.*"table": *{[^}]*"name": *"\([^"]*\)".*/\1/p' <<<"$config")
# aws SERVICE OPERATION JSON: asks the emulator, signed with the key of this run.
aws() {
  local endpoint
  endpoint=$(told endpoint)
  curl -s "${endpoint%/}/" -H 'content-type: application/x-amz-json-1.0' -H "x-amz-target: $2" -d "$3" \
    --aws-sigv4 "aws:amz:$(told region):$1" --user "$(told access_key):$(told secret_key)"
}
secret() {
  aws secretsmanager secretsmanager.GetSecretValue "{\"SecretId\": \"${table%-users}/keys\"}" |
    sed 's/.*\\"a\\": *\\"\([^\\]*\)\\".*/\1/'
}
derived() { printf %s "$2" | openssl dgst -sha256 -mac HMAC -macopt "key:$1" | sed 's/.* //'; }
url_safe() { tr '+/' '-_' | tr -d '=\n'; }
decoded() {
  local padded
  padded=$(tr -- '-_' '+/' <<<"$1")
  while [ $((${#padded} % 4)) != 0 ]; do padded=$padded=; done
  base64 -d <<<"$padded"
}
# signed HEADER CLAIMS KEY-IN-HEX: a token.
signed() {
  local said
  said=$1.$(printf %s "$2" | base64 | url_safe)
  echo "$said.$(printf %s "$said" | openssl dgst -sha256 -mac HMAC -macopt "hexkey:$3" -binary | base64 | url_safe)"
}

# link_to PURPOSE: what the link ends with that an e-mail to the user has, once it has come.
link_to() {
  local link
  for _ in $(seq 200); do
    for link in $(curl -sG "$page/_local/mail" --data-urlencode "to=$email" | grep -o "$id\.[a-z]*\.[0-9a-f]*" | sort -u); do
      if curl -s "$api/password-links/$link" | grep -q "\"purpose\": *\"$1\""; then
        echo "$link"
        return
      fi
    done
    sleep 0.3
  done
}

name=ada-$RANDOM$RANDOM
email=$name@example.com
password='correct horse'

echo "— register"
person() { printf '{"email": "%s", "password": "%s", "name": "%s"}' "$1" "${2-$password}" "${3-Ada}"; }
expect 422/invalid POST /users '{}'
expect 422/invalid POST /users "$(person nobody)"
expect 422/invalid POST /users "$(person "$email" short)"
expect 422/invalid POST /users "$(person "$email" "$password" ' ')"
for field in 'email "" null 5 [] {} true' 'password "" null 5 [] {} true' 'name "" null 5 [] {} true' 'locale "" null 5 "de" [] "EN"'; do
  for value in ${field#* }; do
    case ${field%% *} in
      email) body="{\"email\": $value, \"password\": \"$password\", \"name\": \"Ada\"}" ;;
      password) body="{\"email\": \"$email\", \"password\": $value, \"name\": \"Ada\"}" ;;
      name) body="{\"email\": \"$email\", \"password\": \"$password\", \"name\": $value}" ;;
      locale) body="{\"email\": \"$email\", \"password\": \"$password\", \"name\": \"Ada\", \"locale\": $value}" ;;
    esac
    expect 422/invalid POST /users "$body"
  done
done
long=$(printf '%0201d' 0)
expect 422/invalid POST /users "$(person "$long@example.com")"
expect 422/invalid POST /users "$(person "$email" "$long")"
expect 422/invalid POST /users "$(person "$email" "$password" "$long")"
expect 422/invalid POST /users "$(person "$email" "$password" 'A\u0000da')"
expect 422/invalid POST /users "$(person "$email" "$password" 'A\ud800da')"
expect 422/invalid POST /users "$(person "$email")" -H "idempotency-key: $long"
expect 422/invalid POST /users "{\"email\": \"$email\", \"password\": \"$password\", \"name\": \"Ada\", \"age\": 36}"
expect 422/invalid POST /users '[]'
expect 422/invalid POST /users "$(person "$email")" -H 'idempotency-key: not one'
expect 400/bad-json POST /users '{"email":'
expect 400/bad-json POST /users '{"email": "a@b.cd", "email": "c@d.ef"}'
expect 400/bad-query POST '/users?x=1' "$(person "$email")"
expect 400/bad-json POST /users 'nothing'
expect 400/bad-json POST /users "$(person "$email") more"
printf '[%.0s' $(seq 5000) >"$answer/deep"
expect 400/bad-json POST /users '' -H 'content-type: application/json' --data-binary "@$answer/deep"
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
expect 409/email-taken POST /users "$(person "  $email ")"
expect 409/email-taken POST /users "$(person "${email%@*}＠example。com")"
expect 201 POST /users "$(person "é-$name@bücher.example")"
for form in "É-$name@BÜCHER.example" "é-$name@xn--bcher-kva.example" "$(printf 'e\xcc\x81')-$name@b$(printf 'u\xcc\x88')cher.example"; do
  expect 409/email-taken POST /users "$(person "$form")"
done

echo "— log in"
expect 401/bad-credentials POST /sessions "{\"email\": \"$email\", \"password\": \"wrong\"}"
expect 401/bad-credentials POST /sessions "{\"email\": \"no address\", \"password\": \"$password\"}"
for body in '{}' '[]' '{"email": 5}' '{"email": "a@b.cd"}' '{"password": "x"}' '{"email": null, "password": "x"}' \
  '{"email": "a@b.cd", "password": 5}' '{"email": "a@b.cd", "password": "x", "remember": true}'; do
  expect 422/invalid POST /sessions "$body"
done
expect 400/bad-json POST /sessions '{'
expect 400/bad-query POST '/sessions?x=1' '{}'
log_in " $(echo "$email" | tr a-z A-Z)" "$password"
token=$(field token)

echo "— tokens"
expect 401/not-signed-in GET /users/me
expect 401/not-signed-in GET /users/me '' -H "$(as "${token%?}")"
expect 401/not-signed-in GET /users/me '' -H "$(as "eyJhbGciOiJub25lIn0.$(echo "$token" | cut -d. -f2).")"
expect 401/not-signed-in GET /users/me '' -H "$(as nonsense)"
expect 401/not-signed-in GET /users/me '' -H "$(as "$token$token")"
expect 401/not-signed-in GET /users/me '' -H "$(as "$(printf '%0150d' 0)")"
# The key is on this machine, so that a token can be right in all but one thing.
claims=$(decoded "$(cut -d. -f2 <<<"$token")")
head=$(cut -d. -f1 <<<"$token")
key=$(derived "$(secret)" session)
expect 200 GET /users/me '' -H "$(as "$(signed "$head" "$claims" "$key")")"
expired=$(sed 's/"exp": *[0-9]*/"exp":1700000000/' <<<"$claims")
expect 401/not-signed-in GET /users/me '' -H "$(as "$(signed "$head" "$expired" "$key")")"
stranger=$(sed 's/usr_[0-9a-f]\{8\}/usr_00000000/' <<<"$claims")
expect 401/not-signed-in GET /users/me '' -H "$(as "$(signed "$head" "$stranger" "$key")")"
earlier=$(sed 's/"ver": *[0-9]*/"ver":1/' <<<"$claims")
expect 401/not-signed-in GET /users/me '' -H "$(as "$(signed "$head" "$earlier" "$key")")"
for foreign in "$(derived "$(secret)" cursor)" "$(derived 'of another deployment' session)"; do
  expect 401/not-signed-in GET /users/me '' -H "$(as "$(signed "$head" "$claims" "$foreign")")"
  expect 401/not-signed-in GET /users/me '' -H "cookie: __Host-session=$(signed "$head" "$claims" "$foreign")"
done
expect 401/not-signed-in GET /users/me '' -H 'authorization: Basic YTpi'
expect 200 GET /users/me '' -H "$(as "$token")"
expect 200 GET /users/me '' -H "cookie: __Host-session=$token"

echo "— one's own"
mine=(-H "$(as "$token")")
expect 200 PATCH /users/me '{"name": "Ada Lovelace"}' "${mine[@]}"
expect 200 PATCH /users/me '{"locale": "zh-CN"}' "${mine[@]}"
for body in '{"name": ""}' '{"name": null}' '{"name": 5}' '{"locale": "de"}' '{"locale": null}' '{"role": "admin"}' \
  '{"email": "a@b.cd"}' '[]' "{\"name\": \"$long\"}"; do
  expect 422/invalid PATCH /users/me "$body" "${mine[@]}"
done
expect 200 PATCH /users/me '{}' "${mine[@]}"
expect 400/bad-json PATCH /users/me '{"name"' "${mine[@]}"
expect 401/not-signed-in PATCH /users/me '{"name": "Eva"}'
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
for body in '{}' '[]' '{"current_password": "x"}' '{"new_password": "battery staple"}' \
  '{"current_password": null, "new_password": "battery staple"}' '{"current_password": "x", "new_password": 5}'; do
  expect 422/invalid PUT /users/me/password "$body" "${mine[@]}"
done
expect 401/not-signed-in PUT /users/me/password "$(change "$password" 'battery staple')"
expect 204 PUT /users/me/password "$(change "$password" 'battery staple')" "${mine[@]}" -H 'idempotency-key: change'
expect 204 PUT /users/me/password "$(change "$password" 'battery staple')" "${mine[@]}" -H 'idempotency-key: change'
expect 401/not-signed-in GET /users/me '' "${mine[@]}"
for body in '{}' '[]' '{"email": "nobody"}' '{"email": 5}' '{"email": null}' '{"email": "a@b.cd", "x": 1}'; do
  expect 422/invalid POST /password-links "$body"
done
expect 202 POST /password-links "{\"email\": \"$email\"}"
expect 202 POST /password-links "{\"email\": \"not-$email\"}"
expect 410/link-used GET "/password-links/$id.a.made-up"
expect 410/link-used POST /password-links/open "{\"link\": \"$page/en/link/#$id.a.made-up\"}"
expect 422/invalid POST /password-links/open '{}'
expect 410/link-used PUT "/password-links/$id.a.made-up" '{"new_password": "battery horse"}'
expect 410/link-used PUT "/password-links/$id.a.$(printf '%064d' 0)" '{"new_password": "battery horse"}'
expect 410/link-used PUT /password-links/nonsense '{}'
for body in '[]' '{"new_password": 5}' '{"new_password": null}' '{"new_password": "short"}'; do
  expect 422/invalid PUT "/password-links/$id.a.made-up" "$body"
done
link=$(link_to reset)
expect 200 GET "/password-links/$link"
expect 200 POST /password-links/open "{\"link\": \"$page/en/link/#$link\"}"
expect 422/invalid PUT "/password-links/$link" '{}'
expect 422/invalid PUT "/password-links/$link" '{"new_password": "short"}'
expect 204 PUT "/password-links/$link" '{"new_password": "staple of today"}'
expect 410/link-used PUT "/password-links/$link" '{"new_password": "staple of today"}'
expect 410/link-used GET "/password-links/$link"
expect 401/bad-credentials POST /sessions "{\"email\": \"$email\", \"password\": \"battery staple\"}"
log_in "$email" 'staple of today'
mine=(-H "$(as "$(field token)")")

echo "— uploads"
token=$(field token)
printf '%%PDF-1.7\n1 0 obj\n<<>>\nendobj\nxref\n0 1\ntrailer\n<<>>\nstartxref\n9\n%%%%EOF\n' >"$answer/passport.pdf"
size=$(wc -c <"$answer/passport.pdf" | tr -d ' ')
document() { printf '{"kind": "document", "filename": "%s", "content_type": "%s", "size": %s}' "${1-passport.pdf}" "${2-application/pdf}" "${3-$size}"; }
# keep_form: remembers the form of the last answer, as curl's options.
keep_form() {
  url=$(field url)
  fields=()
  while IFS= read -r one; do fields+=(--form-string "$one"); done < <(
    sed -n 's/.*"fields": {\([^}]*\)}.*/\1/p' "$answer/body" | grep -o '"[^"]*": "[^"]*"' | sed 's/"\([^"]*\)": "\([^"]*\)"/\1=\2/'
  )
}
# becomes STATE: waits until the upload is taken in or refused.
becomes() {
  for _ in $(seq 240); do
    expected=$(curl -s "${mine[@]}" "$api/uploads/$upload" | sed -n 's/.*"state": "\(done\)".*/\1/p; s/.*"state": "\(failed\)".*/\1/p')
    if [ -n "$expected" ]; then break; fi
    sleep 0.25
  done
  asked=$((asked + 1))
  if [ "$expected" = "$1" ]; then echo "✓ $1"; else wrong=$((wrong + 1)) && echo "✗ ${expected:-waiting}: expected $1"; fi
}
expect 401/not-signed-in POST /uploads "$(document)"
expect 403/not-allowed POST /uploads "$(document)" -H "cookie: __Host-session=$token"
for body in '{}' '[]' "$(document '')" "$(document 'a/b.pdf')" "$(document "$long")" "$(document passport.exe application/x-msdownload)" \
  "$(document empty.pdf application/pdf 0)" "$(document large.pdf application/pdf 10485761)" "$(document a.pdf application/pdf '"5"')" \
  "$(document | sed 's/document/list/')" "$(document | sed 's/}/, "x": 1}/')" '{"kind": "document", "filename": 5, "content_type": null, "size": null}'; do
  expect 422/invalid POST /uploads "$body" "${mine[@]}"
done
expect 422/invalid POST /uploads "$(document)" "${mine[@]}" -H 'idempotency-key: not one'
expect 400/bad-json POST /uploads '{"kind"' "${mine[@]}"
expect 400/bad-query POST '/uploads?x=1' "$(document)" "${mine[@]}"
expect 201 POST /uploads "$(document)" "${mine[@]}" -H "idempotency-key: upload-$name"
upload=$(field id)
expect 201 POST /uploads "$(document)" "${mine[@]}" -H "idempotency-key: upload-$name"
keep_form
expect 422/idempotency-mismatch POST /uploads "$(document other.pdf)" "${mine[@]}" -H "idempotency-key: upload-$name"
expect 404/not-found GET "/uploads/$upload/file" '' "${mine[@]}"
{ cat "$answer/passport.pdf" && echo more; } >"$answer/longer.pdf"
# A form is for a file of exactly this size and type, in this place.
expect 400 POST "$url" '' "${fields[@]}" -F "file=@$answer/longer.pdf"
expect 403 POST "$url" '' "${fields[@]/Content-Type=*/Content-Type=text/html}" -F "file=@$answer/passport.pdf"
expect 403 POST "$url" '' "${fields[@]/key=uploads*/key=uploads/elsewhere}" -F "file=@$answer/passport.pdf"
expect 200 GET "/uploads/$upload" '' "${mine[@]}"
expect 201 POST "$url" '' "${fields[@]}" -F "file=@$answer/passport.pdf"
becomes done
expect 201 POST /uploads "$(document)" "${mine[@]}" -H "idempotency-key: upload-$name"
expect 302 GET "/uploads/$upload/file" '' "${mine[@]}"
expect 200 GET "$(sed -n 's/^[Ll]ocation: //p' "$answer/headers" | tr -d '\r')"
cmp "$answer/body" "$answer/passport.pdf"
expect 200 GET "/uploads/$upload/errors" '' "${mine[@]}"
# The second use of a form is accepted by S3, and changes nothing.
expect 201 POST "$url" '' "${fields[@]}" -F "file=@$answer/passport.pdf"
expect 200 GET '/uploads?limit=1' '' "${mine[@]}"
expect 400/bad-cursor GET '/uploads?cursor=nonsense' '' "${mine[@]}"
for query in limit=0 limit=101 limit=x owner=you page=2; do expect 400/bad-query GET "/uploads?$query" '' "${mine[@]}"; done
expect 401/not-signed-in GET /uploads
expect 401/not-signed-in GET "/uploads/$upload/file"
expect 404/not-found GET /uploads/nothing '' "${mine[@]}"
expect 404/not-found GET /uploads/upl_00000000-0000-0000-0000-000000000000/file '' "${mine[@]}"
tr '%' '<' <"$answer/passport.pdf" >"$answer/page.pdf"
expect 201 POST /uploads "$(document)" "${mine[@]}"
upload=$(field id)
keep_form
expect 201 POST "$url" '' "${fields[@]}" -F "file=@$answer/page.pdf"
becomes failed
expect 404/not-found GET "/uploads/$upload/file" '' "${mine[@]}"
log_in "é-$name@bücher.example" "$password"
expect 404/not-found GET "/uploads/$upload" '' -H "$(as "$(field token)")"

echo "— forms, as browsers without JavaScript send them"
form=(-H 'accept: text/html,*/*;q=0.8')
expect 422 POST /users '' "${form[@]}" --data 'email=nobody&name=Ada&password=short'
expect 415/unsupported-media-type POST /users '' --data 'email=nobody'
other=(--data-urlencode "email=other-$email" --data-urlencode "password=$password" --data 'name=Eva')
expect 201 POST /users '' "${form[@]}" "${other[@]}"
expect 201 POST /users '' "${form[@]}" "${other[@]}"
expect 403 POST /sessions '' "${form[@]}" "${other[@]:0:4}" -H 'origin: https://elsewhere.example'
expect 401 POST /sessions '' "${form[@]}" --data "email=nobody-$email&password=wrong"
expect 303 POST /sessions '' "${form[@]}" "${other[@]:0:4}"
expect 200 GET /users/me '' "${form[@]}" "${mine[@]}"
expect 401 GET /users/me '' "${form[@]}"
expect 422 POST /users/me '' "${form[@]}" "${mine[@]}" --data 'name='
expect 303 POST /users/me '' "${form[@]}" "${mine[@]}" --data 'name=Ada&locale=en'
expect 422 POST /users/me/password '' "${form[@]}" "${mine[@]}" --data 'current_password=staple+of+today&new_password=short'
expect 202 POST /password-links '' "${form[@]}" --data "email=$email"
expect 410 POST "/password-links/$id.a.made-up" '' "${form[@]}" --data ''
expect 303 POST /sessions/current/delete '' "${form[@]}" "${mine[@]}" --data ''

echo "— as an administrator"
admin_email=$(sed -n 's/.*"admin": {"email": "\([^"]*\)".*/\1/p' <<<"$config")
admin_password=$(sed -n 's/.*"admin": {[^}]*"password": "\([^"]*\)".*/\1/p' <<<"$config")
log_in "$admin_email" "$admin_password"
admin=(-H "$(as "$(field token)")")
expect 200 GET '/users?limit=2' '' "${admin[@]}"
cursor=$(field next_cursor)
expect 200 GET "/users?limit=2&cursor=$cursor" '' "${admin[@]}"
expect 400/bad-cursor GET "/users?cursor=$cursor&state=deleted" '' "${admin[@]}"
expect 400/bad-cursor GET "/users?cursor=x$cursor" '' "${admin[@]}"
expect 400/bad-cursor GET "/users?cursor=${cursor%?}" '' "${admin[@]}"
middle=$((${#cursor} / 2))
other=x
if [ "${cursor:middle:1}" = x ]; then other=y; fi
expect 400/bad-cursor GET "/users?cursor=${cursor:0:middle}$other${cursor:middle+1}" '' "${admin[@]}"
expect 400/bad-cursor GET "/users?cursor=$cursor&sort=name" '' "${admin[@]}"
expect 400/bad-cursor GET "/users?cursor=$cursor&q=a" '' "${admin[@]}"
expect 400/bad-cursor GET '/users?cursor=nonsense' '' "${admin[@]}"
for query in limit=0 limit=101 limit=x state=all sort=age q=a\&sort=-registered_at page=2; do
  expect 400/bad-query GET "/users?$query" '' "${admin[@]}"
done
expect 200 GET "/users?q=$name" '' "${admin[@]}"
expect 200 GET '/users?sort=name&q=ADA' '' "${admin[@]}"
expect 200 GET '/users?sort=email' '' "${admin[@]}"
expect 200 PUT "/users/$id/role" '{"role": "admin"}' "${admin[@]}"
expect 200 PUT "/users/$id/role" '{"role": "user"}' "${admin[@]}"
for body in '{}' '[]' '{"role": "king"}' '{"role": null}' '{"role": 5}' '{"role": "user", "x": 1}'; do
  expect 422/invalid PUT "/users/$id/role" "$body" "${admin[@]}"
done
expect 404/not-found PUT /users/nobody/role '{"role": "user"}' "${admin[@]}"
expect 403/not-allowed PUT "/users/$id/role" '{"role": "user"}' "${mine[@]}"
expect 403/not-allowed PUT /users/me/role '{"role": "user"}' "${admin[@]}"
expect 403/not-allowed DELETE /users/me '' "${admin[@]}"
expect 409/not-deleted POST "/users/$id/restore" '' "${admin[@]}"
expect 204 DELETE "/users/$id" '' "${admin[@]}"
expect 204 DELETE "/users/$id" '' "${admin[@]}"
expect 200 GET "/users/$id" '' "${admin[@]}"
expect 401/not-signed-in GET /users/me '' "${mine[@]}"
expect 409/email-taken POST /users "$(person "$email")"
expect 303 POST "/users/$id/restore" '' "${form[@]}" "${admin[@]}" --data ''
expect 303 POST "/users/$id/role" '' "${form[@]}" "${admin[@]}" --data 'role=user'
expect 200 POST "/users/$id/delete" '' "${form[@]}" "${admin[@]}" --data 'idempotency_key=one'
expect 422 POST "/users/$id/delete" '' "${form[@]}" "${admin[@]}" --data 'idempotency_key=not+one'
expect 200 GET '/users?state=deleted' '' "${form[@]}" "${admin[@]}"
expect 200 POST "/users/$id/restore" '' "${admin[@]}"
expect 200 GET "/users/$id/history" '' "${admin[@]}"

echo "— slow down, leave"
for _ in 1 2 3 4 5; do expect 401/bad-credentials POST /sessions "{\"email\": \"$email\", \"password\": \"guess\"}"; done
expect 429/slow-down POST /sessions "{\"email\": \"$email\", \"password\": \"staple of today\"}"
sleep 1.2
log_in "$email" 'staple of today'
mine=(-H "$(as "$(field token)")")
expect 204 DELETE /sessions/current '' "${mine[@]}"
expect 401/not-signed-in DELETE /sessions/current ''
expect 204 DELETE /users/me '' "${mine[@]}"

echo "— anybody"
expect 200 GET /health/live
expect 200 HEAD /health/live '' --head
expect 200 GET /health/ready
expect 200 GET /openapi.json

echo
echo "$asked calls, $wrong not as documented"
[ "$wrong" = 0 ]
