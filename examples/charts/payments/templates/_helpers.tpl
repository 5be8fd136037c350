{{- define "payments.labels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/version: {{ .Values.image.tag | quote }}
{{- end }}

{{- define "payments.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
{{- end }}

{{- define "payments.image" -}}
{{ .Values.image.repository }}:{{ required "image.tag is required: say which version to run" .Values.image.tag }}
{{- end }}
