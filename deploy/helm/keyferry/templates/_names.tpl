{{- define "keyferry.name" -}}
{{- if contains "keyferry" .Release.Name -}}{{ .Release.Name | trunc 53 | trimSuffix "-" }}
{{- else -}}{{ printf "%s-keyferry" .Release.Name | trunc 53 | trimSuffix "-" }}{{- end -}}
{{- end }}

{{- define "keyferry.selector" -}}
app.kubernetes.io/name: keyferry
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "keyferry.labels" -}}
{{ include "keyferry.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/part-of: keyferry
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{- define "keyferry.serviceAccount" -}}
{{- if .Values.serviceAccount.create -}}{{ default (include "keyferry.name" .) .Values.serviceAccount.name }}
{{- else -}}{{ required "serviceAccount.name: name the account to use, or let serviceAccount.create be true" .Values.serviceAccount.name }}{{- end -}}
{{- end }}

{{- define "keyferry.image" -}}
{{- $repository := required "image.repository: name the registry and repository you pushed the image to" .Values.image.repository -}}
{{- if .Values.image.digest -}}{{ $repository }}@{{ .Values.image.digest }}
{{- else -}}{{ $repository }}:{{ default .Chart.AppVersion .Values.image.tag }}{{- end -}}
{{- end }}

{{- /* The sockets that are on, as `a,b`. */ -}}
{{- define "keyferry.sockets" -}}
{{- $on := list -}}
{{- range $name := keys .Values.sockets | sortAlpha -}}
{{- if index $.Values.sockets $name -}}{{- $on = append $on $name -}}{{- end -}}
{{- end -}}
{{- if not $on -}}{{- fail "sockets: switch on at least one" -}}{{- end -}}
{{- join "," $on -}}
{{- end }}

{{- define "keyferry.usesApi" -}}
{{- with .Values.rbac -}}{{- if or .serviceAccountTokens .serviceAccounts .nodeRegion .pods .events .hmacKey .sealedSecretsNamespace .doctor $.Values.sockets.aws $.Values.sockets.conjur $.Values.sockets.doppler $.Values.sockets.gcp $.Values.sockets.gke $.Values.sockets.openbao $.Values.sockets.vault -}}true{{- end -}}{{- end -}}
{{- end }}

{{- /* A container of ours may do nothing but run. */ -}}
{{- define "keyferry.confined" -}}
allowPrivilegeEscalation: false
privileged: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}

{{- define "keyferry.checkConfig" -}}
{{- range $key := list "serve" "providersDir" "healthAddress" "mountTimeout" "maxResponseBytes" "logLevel" "logFormat" "waitForSocket" "hmacSecretName" -}}
{{- if hasKey $.Values.config $key -}}{{- fail (printf "config.%s: the chart sets this one itself; see sockets, providersDirs, health, daemon and rbac in values.yaml" $key) -}}{{- end -}}
{{- end -}}
{{- end }}

{{/* Kubernetes takes a surge or unavailable pods, not both: whoever allows the second means it instead of the first. */}}
{{- define "keyferry.updateStrategy" -}}
{{- $strategy := deepCopy .Values.updateStrategy -}}
{{- with $strategy.rollingUpdate -}}
{{- if not (has (toString .maxUnavailable) (list "0" "0%" "<nil>" "")) }}{{- $_ := unset . "maxSurge" }}{{- end -}}
{{- end -}}
{{- toYaml $strategy -}}
{{- end -}}
