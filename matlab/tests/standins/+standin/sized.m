function sized(layer, varargin)
    % SIZED  Assert that arrays of a stand-in layer have their sizes.
    %
    %   standin.sized(layer, 'Bias', [12, 1], ...): NaN for any length. Arrays that
    %   were not given are not looked at.

    for k = 1:2:numel(varargin)
        [name, wanted] = varargin{k:k + 1};
        if isfield(layer.Properties, name)
            value = layer.Properties.(name);
            given = size(value);
            given(end + 1:numel(wanted)) = 1;
            if ~isfloat(value) || numel(given) ~= numel(wanted) || any(given ~= wanted & ~isnan(wanted))
                error('standin:size', '%s ''%s'': %s is %s %s, not %s', layer.Type, layer.Name, name, ...
                      class(value), mat2str(given), mat2str(wanted));
            end
        end
    end
end
