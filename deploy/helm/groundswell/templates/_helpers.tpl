{{- define "groundswell.labels" -}}
app.kubernetes.io/name: groundswell
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end -}}

{{- define "groundswell.settings" -}}
groundswell.yaml: |
  {{- toYaml .Values.config | nindent 2 }}
{{- end -}}

{{/* The image of a target of the Dockerfile: (list $ "publisher"). */}}
{{- define "groundswell.image" -}}
{{- $ := index . 0 -}}
{{ $.Values.image.registry }}groundswell-{{ index . 1 }}:{{ $.Values.image.tag | default $.Chart.AppVersion }}
{{- end -}}

{{- define "groundswell.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
fsGroupChangePolicy: OnRootMismatch
seccompProfile: {type: RuntimeDefault}
{{- end -}}

{{- define "groundswell.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end -}}

{{- define "groundswell.env" -}}
- {name: GROUNDSWELL_CONFIG, value: /etc/groundswell/config/groundswell.yaml}
- {name: GROUNDSWELL_METRICS__HOST, value: 0.0.0.0}
{{- end -}}

{{- define "groundswell.mounts" -}}
- {name: config, mountPath: /etc/groundswell/config, readOnly: true}
- {name: tmp, mountPath: /tmp}
{{- if .Values.existingTlsSecret }}
- {name: tls, mountPath: /etc/groundswell/tls, readOnly: true}
{{- end }}
{{- end -}}

{{/* (list $ "name of the ConfigMap") */}}
{{- define "groundswell.volumes" -}}
{{- $ := index . 0 -}}
- {name: config, configMap: {name: {{ index . 1 }}}}
- {name: tmp, emptyDir: {}}
{{- if $.Values.existingTlsSecret }}
- {name: tls, secret: {secretName: {{ $.Values.existingTlsSecret | quote }}}}
{{- end }}
{{- end -}}

{{- define "groundswell.placing" -}}
{{- with .Values.image.pullSecrets }}
imagePullSecrets: {{ toJson . }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector: {{ toJson . }}
{{- end }}
{{- with .Values.tolerations }}
tolerations: {{ toJson . }}
{{- end }}
automountServiceAccountToken: false
# Kubernetes' own variables of services called groundswell-... would read as settings.
enableServiceLinks: false
{{- end -}}
