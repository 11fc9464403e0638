function chosen(layer, varargin)
    % CHOSEN  Assert that options of a stand-in layer are among the toolbox's words.
    %
    %   standin.chosen(layer, 'OutputMode', {'sequence', 'last'}, ...).

    for k = 1:2:numel(varargin)
        [name, words] = varargin{k:k + 1};
        if isfield(layer.Properties, name) && ~any(strcmp(layer.Properties.(name), words))
            error('standin:choice', '%s ''%s'': %s cannot be what it was given', layer.Type, layer.Name, name);
        end
    end
end
